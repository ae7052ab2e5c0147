"""Where webhooks may go: the guard against requests to our own network (SSRF)."""

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from alerts.subscriptions.config import Network

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Sequence[str]]
"""Returns the addresses of a host and port, in the order in which they are to be tried."""

_LONGEST = 2000
_PORTS = {"http": 80, "https": 443}
_NAT64 = IPv6Network("64:ff9b::/96")


class AddressError(ValueError):
    """An address that no webhook may have. Give one of a public host, or allow its network."""


class Endpoint(NamedTuple):
    """A parsed address of a webhook: scheme, host without brackets, port, path with query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and port as the Host header has them (RFC 9110, 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def at(self, address: str) -> str:
        """Return the URL of the same thing at a checked address."""
        host = f"[{address}]" if ":" in address else address
        return f"{self.scheme}://{host}:{self.port}{self.path}"


def parse_endpoint(text: str) -> Endpoint:
    """Read the address of a webhook.

    Raises:
        AddressError: no http or https, no host, or a name and password in it.
    """
    shown = repr(text[:200])
    if not text.isascii() or not text.isprintable() or " " in text or len(text) > _LONGEST:
        raise AddressError(f"address {shown}: expected at most {_LONGEST} visible ASCII letters")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise AddressError(f"address {shown}: {error}") from None
    if parts.scheme not in _PORTS or not parts.hostname or "%" in parts.netloc:
        raise AddressError(f"address {shown}: expected https://host/path")
    if "@" in parts.netloc:
        raise AddressError("address with a name or password: expected one without, use the secret")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Endpoint(parts.scheme, parts.hostname, port or _PORTS[parts.scheme], path)


def checked_address(
    endpoint: Endpoint, allowed: Sequence[Network], resolve: Resolve | None = None
) -> str:
    """Return the address to connect to; the name is not looked up again after this.

    Args:
        endpoint: whose host is looked up.
        allowed: networks that are reachable though they are not public.
        resolve: looks a host up; the system's resolver where none is given.

    Raises:
        AddressError: one of its addresses is private, and not in an allowed network.
        OSError: the host is unknown.
    """
    found = (resolve or system_resolver)(endpoint.host, endpoint.port)
    for text in found:
        if not _permitted(ip_address(text), allowed):
            raise AddressError(
                f"host {endpoint.host!r} is at {text!r}: expected a public address, or one of a "
                "network that notices.allowed_networks names"
            )
    if not found:
        raise OSError(f"host {endpoint.host!r} has no address")
    return found[0]


def system_resolver(host: str, port: int) -> list[str]:
    """Ask the system for the addresses of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))


def _permitted(address: Address, allowed: Sequence[Network]) -> bool:
    inner = _embedded(address)
    if any(address in network or inner in network for network in allowed):
        return True
    return all(one.is_global and not one.is_multicast for one in (address, inner))


def _embedded(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one leads to, else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else address)
