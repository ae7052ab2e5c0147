"""Mails: one thread for an incident, both languages, and no header but ours."""

from collections.abc import Iterator

import pytest

from alerts.subscriptions.config import MailConfig
from alerts.subscriptions.mail import MailAddressError, MailCarrier, compose, parse_addresses
from alerts.subscriptions.outcome import Delivered, Refused, TryLater
from tests.unit.subscriptions.letters import NOON, NUMBER, letter, subscription
from tests.unit.subscriptions.post_office import PostOffice, post_office

DUTY = subscription(kind="email", target="duty@example.org, chief@example.org")


@pytest.fixture(scope="module")
def running() -> Iterator[PostOffice]:
    with post_office() as office:
        yield office


@pytest.fixture
def office(running: PostOffice) -> PostOffice:
    running.mails.clear()
    running.recipients.clear()
    running.replies.clear()
    return running


def config(office: PostOffice) -> MailConfig:
    return MailConfig(
        host="127.0.0.1",
        port=office.port,
        security="none",
        sender="alerts@city.example",
        timeout_s=2,
    )


def test_a_notice_arrives_in_both_languages(office: PostOffice) -> None:
    assert MailCarrier(config(office)).send(DUTY, letter(), NOON) == Delivered()
    (mail,) = office.mails
    assert mail["Subject"] == "红色新：茅洲河洪水 / red new: flood of the Maozhou"
    assert mail["From"] == "CityTwin <alerts@city.example>"
    assert len(office.recipients) == 2
    parts = {part["Content-Language"]: part.get_content() for part in mail.iter_parts()}
    assert "水位超保证" in parts["zh-CN"]
    assert "level above the guaranteed one" in parts["en"]


def test_mails_of_one_incident_are_one_thread(office: PostOffice) -> None:
    carrier = MailCarrier(config(office))
    carrier.send(DUTY, letter("new"), NOON)
    carrier.send(DUTY, letter("ended")._replace(number="another"), NOON)
    first, second = office.mails
    assert first["References"] == second["References"] == "<incident-12@city.example>"
    assert first["Message-ID"] == f"<{NUMBER}@city.example>"
    assert second["Message-ID"] == "<another@city.example>"


def test_one_language_is_one_text(office: PostOffice) -> None:
    MailCarrier(config(office)).send(DUTY._replace(language="en"), letter(), NOON)
    (mail,) = office.mails
    assert mail.get_content_type() == "text/plain"
    assert mail["Subject"] == "red new: flood of the Maozhou"


@pytest.mark.parametrize("evil", ["\r\nBcc: all@example.org", "\n\nbody", "\u2028Bcc: x", "\0"])
def test_a_title_cannot_begin_another_header(evil: str) -> None:
    told = letter(title_zh=f"洪水{evil}", title_en=f"flood{evil}")
    mail = compose(MailConfig(host="x"), DUTY, told, NOON)
    assert mail["Bcc"] is None
    head = mail.as_bytes().partition(b"\n\n")[0]
    assert b"\nBcc:" not in head


@pytest.mark.parametrize(
    "text",
    [
        "",
        "duty",
        "a@b@c",
        "duty@example.org\r\nBcc: x@example.org",
        "duty@example.org,",
        "a b@example.org",
        "<duty@example.org>",
        ".duty@example.org",
        "duty@example..org",
        "值班@example.org",
    ],
)
def test_what_is_no_mail_address_is_refused(text: str) -> None:
    with pytest.raises(MailAddressError, match="expected one like"):
        parse_addresses(text)


@pytest.mark.parametrize(
    ("verb", "reply", "expected"),
    [
        ("RCPT", "550 nobody here", Refused),
        ("RCPT", "451 later", TryLater),
        ("MAIL", "421 busy", TryLater),
        ("DATA", "554 no", Refused),
        ("EHLO", "500 what", Delivered),
    ],
)
def test_each_reply_has_its_meaning(
    office: PostOffice, verb: str, reply: str, expected: type
) -> None:
    office.replies[verb] = reply
    assert isinstance(MailCarrier(config(office)).send(DUTY, letter(), NOON), expected)


def test_without_a_server_mails_wait() -> None:
    outcome = MailCarrier(None).send(DUTY, letter(), NOON)
    assert outcome == TryLater("no mail server: expected notices.mail in citytwin.toml")
    nobody = MailConfig(host="127.0.0.1", port=1, security="none", timeout_s=1)
    assert isinstance(MailCarrier(nobody).send(DUTY, letter(), NOON), TryLater)


@pytest.mark.parametrize("mode", ["exercise", "replay"])
def test_what_is_not_actual_says_so_first(mode: str) -> None:
    mail = compose(MailConfig(host="x"), DUTY, letter(mode=mode), NOON)
    assert mail["Subject"].startswith(("【演练】", "【回放】"))
