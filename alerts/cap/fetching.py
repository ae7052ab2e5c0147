"""Fetches feeds and documents over HTTP: bounded, timed, and only from addresses that may be."""

import asyncio
from collections.abc import Sequence
from urllib.parse import urljoin

import httpx

from alerts.cap.message import LONGEST
from alerts.subscriptions.addresses import AddressError, Resolve, checked_address, parse_endpoint
from alerts.subscriptions.config import Network

_TIMEOUT_S = 20.0
_MOST_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_OK = 200


class FetchError(Exception):
    """A document that could not be fetched. Try again later, or look at its address."""


def fetch(address: str, allowed: Sequence[Network], resolve: Resolve | None = None) -> bytes:
    """Return what is at an address; each address on the way is checked and then used as checked.

    Args:
        address: http or https.
        allowed: private networks that may be reached.
        resolve: looks hosts up; the system's resolver where none is given.

    Raises:
        FetchError: it is not to be had, or too long.
    """
    return asyncio.run(_follow(address, allowed, resolve))


async def _follow(address: str, allowed: Sequence[Network], resolve: Resolve | None) -> bytes:
    for _ in range(_MOST_REDIRECTS + 1):
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                found = await _get(address, allowed, resolve)
        except AddressError as error:
            raise FetchError(str(error)) from None
        except TimeoutError:
            raise FetchError(f"{address[:200]!r}: no answer within {_TIMEOUT_S:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise FetchError(f"{address[:200]!r}: {error!r}"[:400]) from None
        if isinstance(found, bytes):
            return found
        address = found
    raise FetchError(f"{address[:200]!r}: expected at most {_MOST_REDIRECTS} redirects")


async def _get(address: str, allowed: Sequence[Network], resolve: Resolve | None) -> bytes | str:
    """Return the body, or the address that it has moved to."""
    endpoint = parse_endpoint(address)
    checked = await asyncio.to_thread(checked_address, endpoint, allowed, resolve)
    async with httpx.AsyncClient(timeout=_TIMEOUT_S, trust_env=False) as client:
        request = client.build_request(
            "GET",
            endpoint.at(checked),
            headers={"Host": endpoint.authority, "User-Agent": "CityTwin"},
            extensions={"sni_hostname": endpoint.host},
        )
        response = await client.send(request, stream=True)
        try:
            return await _read(response, address)
        finally:
            await response.aclose()


async def _read(response: httpx.Response, address: str) -> bytes | str:
    if response.status_code in _REDIRECTS and "location" in response.headers:
        return urljoin(address, response.headers["location"])
    if response.status_code != _OK:
        raise FetchError(f"{address[:200]!r}: answered {response.status_code}")
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > LONGEST:
            raise FetchError(f"{address[:200]!r}: expected at most {LONGEST} bytes")
    return bytes(body)
