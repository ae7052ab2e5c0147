"""Signatures of webhooks and tokens of receipts: HMAC-SHA256 (RFC 2104, FIPS 180-4). Pure."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime

from alerts.subscriptions.subscription import Subscription

ID_HEADER = "X-CityTwin-Id"
TIME_HEADER = "X-CityTwin-Timestamp"
SIGNATURE_HEADER = "X-CityTwin-Signature"

_SECRET_BYTES = 32


class TokenError(ValueError):
    """A token of a receipt that is none of ours, or too old. Use the one of the notice."""


def new_secret() -> str:
    """Return a secret of 256 random bits, as URL-safe text."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def secrets_of(subscription: Subscription, now: datetime) -> list[str]:
    """Return the secrets that count now, the newest first: two while one is being replaced."""
    until = subscription.old_secret_until
    old = subscription.old_secret if until is not None and now < until else None
    return [secret for secret in (subscription.secret, old) if secret]


def signed_headers(keys: Sequence[str], number: str, at: datetime, body: bytes) -> dict[str, str]:
    """Return the headers that prove a body: ``v1=`` and a hexadecimal digest for each secret.

    The digest is of ``{timestamp}.{id}.{body}``, timestamp in whole seconds since 1970 UTC.
    """
    stamp = str(int(at.timestamp()))
    signed = f"{stamp}.{number}.".encode() + body
    digests = (hmac.new(key.encode(), signed, hashlib.sha256).hexdigest() for key in keys)
    return {
        ID_HEADER: number,
        TIME_HEADER: stamp,
        SIGNATURE_HEADER: ",".join(f"v1={digest}" for digest in digests),
    }


def receipt_token(key: str, number: str, until: datetime) -> str:
    """Return the token with which the receiver of a notice may answer until an instant."""
    stamp = str(int(until.timestamp()))
    return f"{stamp}.{_mac(key, number, stamp)}"


def check_token(key: str, number: str, token: str, now: datetime) -> None:
    """Refuse a token that does not belong to a notice.

    Raises:
        TokenError: it is another one's, made by somebody else, or too old.
    """
    stamp, _, mac = token.partition(".")
    expected = _mac(key, number, stamp)
    if not hmac.compare_digest(mac.encode("utf-8", "replace"), expected.encode()):
        raise TokenError(f"token for notice {number}: expected the one that came with it")
    if int(stamp) < now.timestamp():
        raise TokenError(f"token for notice {number}: it is too old")


def _mac(key: str, number: str, stamp: str) -> str:
    signed = f"receipt.{number}.{stamp}".encode("utf-8", "replace")
    digest = hmac.new(key.encode(), signed, hashlib.sha256).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")
