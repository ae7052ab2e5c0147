"""The lasting address of an entity, which its QR code holds."""

from urllib.parse import urlsplit

from twin.codes import EntityCode

_LONGEST = 200


class InvalidPublicUrlError(ValueError):
    """An address that labels cannot lead to. Give the one that phones in the field use."""


def public_base(public_url: str) -> str:
    """Return the address without a slash at its end.

    Raises:
        InvalidPublicUrlError: not http(s), no host, longer than 200 characters, or with query,
            fragment or account.
    """
    try:
        parts = urlsplit(public_url)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    plain = public_url.isascii() and public_url.isprintable() and not set(public_url) & set(" ?#")
    sound = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc
    if not plain or not sound or len(public_url) > _LONGEST:
        raise InvalidPublicUrlError(
            f"public address {public_url[:_LONGEST]!r}: expected http(s)://host[:port][/path] in "
            f"ASCII of at most {_LONGEST} characters, e.g. https://twin.example.cn"
        )
    return public_url.rstrip("/")


def entity_address(public_url: str, code: EntityCode) -> str:
    """Return ``{public_url}/e/{code}``, the code as its 16 digits.

    Raises:
        InvalidPublicUrlError: as ``public_base``.
    """
    return f"{public_base(public_url)}/e/{code}"
