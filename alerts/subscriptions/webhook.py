"""Sends a notice as a signed HTTP request to an address that was checked."""

import asyncio
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import httpx
import orjson

from alerts.subscriptions.addresses import (
    AddressError,
    Endpoint,
    Resolve,
    checked_address,
    parse_endpoint,
)
from alerts.subscriptions.config import NoticeConfig
from alerts.subscriptions.outcome import Delivered, Gone, Letter, Outcome, Refused, TryLater
from alerts.subscriptions.signing import receipt_token, secrets_of, signed_headers
from alerts.subscriptions.subscription import Subscription
from alerts.subscriptions.texts import Words, short_text

LONGEST_BODY = 1_000_000
"""Bytes; a notice above it leaves its alerts out, which the API has."""

_LONGEST_SMS = 200
_LONGEST_SPOKEN = 500
_READ = 2000
_SHOWN = 200
_LONGEST_WAIT = timedelta(hours=1)
_NEVER = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
"""What says that this very body is wrong; anything else may pass."""


class WebhookCarrier:
    """Sends notices of the kinds ``webhook``, ``sms`` and ``public_address``."""

    def __init__(self, config: NoticeConfig, resolve: Resolve | None = None) -> None:
        self._config = config
        self._resolve = resolve

    def send(self, subscription: Subscription, letter: Letter, now: datetime) -> Outcome:
        """Send one notice and wait for the answer, for as long as the configuration allows."""
        try:
            endpoint = parse_endpoint(subscription.target)
            address = checked_address(endpoint, self._config.allowed_networks, self._resolve)
        except AddressError as error:
            return TryLater(str(error))
        except OSError as error:
            return TryLater(f"host of {subscription.name!r}: {error}")
        body = bounded(request_body(subscription, letter, self._config, now))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "CityTwin",
            **signed_headers(secrets_of(subscription, now), letter.number, now, body),
        }
        return asyncio.run(self._post(endpoint, address, headers, body))

    async def _post(
        self, endpoint: Endpoint, address: str, headers: dict[str, str], body: bytes
    ) -> Outcome:
        limit = self._config.timeout_s
        try:
            # The client's own bounds are for each piece; this one is for the whole.
            async with (
                asyncio.timeout(limit),
                httpx.AsyncClient(timeout=limit, follow_redirects=False, trust_env=False) as client,
            ):
                return await _answer(client, endpoint, address, headers, body)
        except TimeoutError:
            return TryLater(f"no answer within {limit:g} s")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return TryLater(f"{type(error).__name__}: {error}"[:_SHOWN])


async def _answer(
    client: httpx.AsyncClient,
    endpoint: Endpoint,
    address: str,
    headers: dict[str, str],
    body: bytes,
) -> Outcome:
    request = client.build_request(
        "POST",
        endpoint.at(address),
        content=body,
        headers={"Host": endpoint.authority, **headers},
        # The certificate must be the host's, though we connect to its address.
        extensions={"sni_hostname": endpoint.host},
    )
    response = await client.send(request, stream=True)
    try:
        said = b"" if response.is_success else await _beginning(response)
    finally:
        await response.aclose()
    return outcome_of(response.status_code, dict(response.headers), said)


async def _beginning(response: httpx.Response) -> bytes:
    said = b""
    async for piece in response.aiter_raw(_READ):
        said += piece
        if len(said) >= _READ:
            break
    return said[:_READ]


def outcome_of(status: int, headers: dict[str, str], said: bytes) -> Outcome:
    """Return what an answer means.

    2xx: delivered; 410: wants no more; 400, 413, 415 and 422: this body is wrong; all else may
    pass, and ``Retry-After`` is kept up to an hour.
    """
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Delivered()
    sentence = f"answered {status} {said.decode(errors='replace')[:_SHOWN]!r}"
    if status == HTTPStatus.GONE:
        return Gone(sentence)
    if status in _NEVER:
        return Refused(sentence)
    return TryLater(sentence, _retry_after(headers))


def _retry_after(headers: dict[str, str]) -> timedelta | None:
    """Read Retry-After (RFC 9110, 10.2.3): seconds, or the date beside the answer's own Date."""
    text = headers.get("retry-after", "")
    if text.isascii() and text.isdigit():
        seconds = float(text[:9])
    else:
        try:
            until = parsedate_to_datetime(text)
            seconds = (until - parsedate_to_datetime(headers["date"])).total_seconds()
        except (ValueError, KeyError, TypeError):
            return None
    return min(timedelta(seconds=max(seconds, 0)), _LONGEST_WAIT)


def request_body(
    subscription: Subscription, letter: Letter, config: NoticeConfig, now: datetime
) -> dict[str, Any]:
    """Return what is sent: the notice as planned, with its number and the way to answer it."""
    until = now + timedelta(days=config.receipt_days)
    head = {
        "notice": letter.number,
        "kind": subscription.kind,
        "subscription": subscription.name,
        "receipt": {
            "url": f"{config.public_url.rstrip('/')}/api/v1/receipts/{letter.number}",
            "token": receipt_token(subscription.receipt_key, letter.number, until),
        },
    }
    if subscription.kind == "webhook":
        return head | _in_language(letter.body, subscription.language)
    return head | _spoken(subscription, letter.body)


def _in_language(body: Any, language: str) -> dict[str, Any]:  # noqa: ANN401 - JSON
    other = {"zh": "_en", "en": "_zh"}.get(language)
    return {key: value for key, value in body.items() if not (other and key.endswith(other))}


def _spoken(subscription: Subscription, body: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return the body for a gateway: who is to get it, and one line to send or to speak."""
    words = Words(body["title_zh"], body["title_en"], body["text_zh"], body["text_en"])
    is_sms = subscription.kind == "sms"
    text = short_text(words, subscription.language, _LONGEST_SMS if is_sms else _LONGEST_SPOKEN)
    if body["message"]:
        text = f"{body['message']} {text}"[: _LONGEST_SMS if is_sms else _LONGEST_SPOKEN]
    return {
        "reason": body["reason"],
        "mode": body["mode"],
        "at": body["at"],
        "numbers" if is_sms else "zones": list(subscription.recipients),
        "text": text,
        "subjects": [group["subject"] for group in body["groups"]],
    }


def bounded(body: dict[str, Any]) -> bytes:
    """Return the body as bytes; one that is too long leaves its alerts out, then its text."""
    packed = orjson.dumps(body)
    if len(packed) > LONGEST_BODY:
        groups = [group | {"alerts": []} for group in body.get("groups", [])]
        packed = orjson.dumps(body | {"groups": groups})
    if len(packed) > LONGEST_BODY:
        packed = orjson.dumps(body | {"groups": [], "text_zh": "", "text_en": ""})
    return packed
