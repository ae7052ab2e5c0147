"""Webhooks: signed, never to our own network, and every answer of a receiver has its meaning."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_network

import pytest

from alerts.subscriptions.addresses import AddressError, checked_address, parse_endpoint
from alerts.subscriptions.config import NoticeConfig
from alerts.subscriptions.outcome import Delivered, Gone, Refused, TryLater
from alerts.subscriptions.signing import TokenError, check_token, receipt_token
from alerts.subscriptions.webhook import LONGEST_BODY, WebhookCarrier, bounded
from tests.unit.subscriptions.letters import NOON, NUMBER, letter, subscription
from tests.unit.subscriptions.receiver import Receiver, receiver

LOOPBACK = NoticeConfig(allowed_networks=(ip_network("127.0.0.0/8"),), timeout_s=2)


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def verified(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Verify as docs/notices.md tells receivers to."""
    signed = f"{headers['x-citytwin-timestamp']}.{headers['x-citytwin-id']}.".encode() + body
    expected = "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    given = headers["x-citytwin-signature"].split(",")
    return any(hmac.compare_digest(expected, one) for one in given)


def test_a_receiver_can_verify_what_it_got(there: Receiver) -> None:
    given = subscription(target=f"{there.url}/in?x=1")
    assert WebhookCarrier(LOOPBACK).send(given, letter(), NOON) == Delivered()
    (got,) = there.got
    assert got.path == "/in?x=1"
    assert verified("old and true", got.headers, got.body)
    assert not verified("another", got.headers, got.body)
    assert not verified("old and true", got.headers, got.body + b" ")
    body = json.loads(got.body)
    assert (body["notice"], body["reason"]) == (NUMBER, "new")
    assert body["groups"][0]["alerts"][0]["id"] == 34
    assert "old and true" not in got.body.decode()
    check_token("key of receipts", NUMBER, body["receipt"]["token"], NOON)


def test_two_secrets_count_while_one_is_replaced(there: Receiver) -> None:
    until = NOON + timedelta(hours=1)
    secrets = {"secret": "new", "old_secret": "old", "old_secret_until": until}
    given = subscription(target=there.url, **secrets)
    carrier = WebhookCarrier(LOOPBACK)
    carrier.send(given, letter(), NOON)
    carrier.send(given, letter(), until)
    first, second = there.got
    assert verified("new", first.headers, first.body)
    assert verified("old", first.headers, first.body)
    assert verified("new", second.headers, second.body)
    assert not verified("old", second.headers, second.body)


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (200, {}, Delivered),
        (410, {}, Gone),
        (422, {}, Refused),
        (301, {"Location": "http://127.0.0.1/elsewhere"}, TryLater),
        (401, {}, TryLater),
        (500, {}, TryLater),
    ],
)
def test_each_answer_has_its_meaning(
    there: Receiver, status: int, headers: dict[str, str], expected: type
) -> None:
    there.answers.append((status, headers, b"because"))
    outcome = WebhookCarrier(LOOPBACK).send(subscription(target=there.url), letter(), NOON)
    assert isinstance(outcome, expected)
    assert len(there.got) == 1


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("120", 120), ("999999999", 3600), ("soon", None), ("-5", None), ("²", None)],
)
def test_a_receiver_says_how_long_to_wait(
    there: Receiver, text: str, seconds: float | None
) -> None:
    there.answers.append((429, {"Retry-After": text.encode().decode("latin-1")}, b""))
    outcome = WebhookCarrier(LOOPBACK).send(subscription(target=there.url), letter(), NOON)
    assert isinstance(outcome, TryLater)
    assert outcome.after == (None if seconds is None else timedelta(seconds=seconds))


def test_a_receiver_that_says_nothing_is_left_after_the_timeout(there: Receiver) -> None:
    there.hold = threading.Event()
    config = LOOPBACK.model_copy(update={"timeout_s": 0.2})
    outcome = WebhookCarrier(config).send(subscription(target=there.url), letter(), NOON)
    assert outcome == TryLater("no answer within 0.2 s")


def test_an_endless_answer_is_not_read_to_its_end(there: Receiver) -> None:
    there.answers.append((500, {}, b"x" * 5_000_000))
    outcome = WebhookCarrier(LOOPBACK).send(subscription(target=there.url), letter(), NOON)
    assert isinstance(outcome, TryLater)
    assert len(outcome.sentence) < 300


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.8",
        "192.168.1.1",
        "172.16.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - an address that is refused
        "224.0.0.1",
        "::1",
        "fe80::1",
        "fd00::1",
        "::ffff:10.0.0.8",
        "64:ff9b::a00:8",
        "2002:a00:8::",
    ],
)
def test_private_addresses_are_refused_unless_allowed(address: str) -> None:
    endpoint = parse_endpoint("https://ops.example.org/")
    with pytest.raises(AddressError, match="public"):
        checked_address(endpoint, (), lambda _host, _port: [address])
    with pytest.raises(AddressError):
        checked_address(endpoint, (), lambda _host, _port: ["93.184.216.34", address])


def test_a_refused_address_is_never_connected_to(there: Receiver) -> None:
    outcome = WebhookCarrier(NoticeConfig()).send(subscription(target=there.url), letter(), NOON)
    assert isinstance(outcome, TryLater)
    assert "127.0.0.1" in outcome.sentence
    assert there.got == []


def test_the_name_is_looked_up_once_and_its_address_used(there: Receiver) -> None:
    port = there.url.rpartition(":")[2]
    asked: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    carrier = WebhookCarrier(LOOPBACK, resolve)
    given = subscription(target=f"http://ops.example.org:{port}/in")
    assert carrier.send(given, letter(), NOON) == Delivered()
    assert asked == ["ops.example.org"]
    assert there.got[0].headers["host"] == f"ops.example.org:{port}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ops.example.org",
        "ftp://ops.example.org/",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "https://user:secret@ops.example.org/",
        "https://ops.example.org:99999/",
        "https://ops.example.org/\r\nX: y",
        "https://ops.example.org/ space",
        "https://[::1/",
        "https://" + "x" * 3000,
    ],
)
def test_what_is_no_address_of_a_webhook_is_refused(text: str) -> None:
    with pytest.raises(AddressError) as error:
        parse_endpoint(text)
    assert "secret@" not in str(error.value)


@pytest.mark.parametrize(("kind", "key"), [("sms", "numbers"), ("public_address", "zones")])
def test_gateways_get_one_line_and_who_it_is_for(there: Receiver, kind: str, key: str) -> None:
    given = subscription(target=there.url, kind=kind, recipients=["+8613800000000"])
    WebhookCarrier(LOOPBACK).send(given, letter(message="上堤集合"), NOON)
    body = json.loads(there.got[0].body)
    assert body[key] == ["+8613800000000"]
    assert body["text"].startswith("上堤集合")
    assert len(body["text"]) <= 500
    assert "\n" not in body["text"]


def test_a_language_leaves_the_other_one_out(there: Receiver) -> None:
    WebhookCarrier(LOOPBACK).send(subscription(target=there.url, language="zh"), letter(), NOON)
    body = json.loads(there.got[0].body)
    assert "title_zh" in body
    assert "title_en" not in body


def test_a_body_is_bounded() -> None:
    alerts = [{"reason": "x" * 1000} for _ in range(2000)]
    packed = bounded({"notice": NUMBER, "groups": [{"subject": "incident:1", "alerts": alerts}]})
    assert len(packed) < LONGEST_BODY
    assert json.loads(packed)["groups"] == [{"subject": "incident:1", "alerts": []}]


def test_a_token_is_of_one_notice_and_ends() -> None:
    token = receipt_token("key", NUMBER, NOON)
    check_token("key", NUMBER, token, NOON)
    for key, number, given, now in (
        ("other", NUMBER, token, NOON),
        ("key", "another", token, NOON),
        ("key", NUMBER, "9" + token, NOON),
        ("key", NUMBER, "", NOON),
        ("key", NUMBER, "é.é", NOON),
        ("key", NUMBER, token, NOON + timedelta(seconds=1)),
    ):
        with pytest.raises(TokenError):
            check_token(key, number, given, now)
