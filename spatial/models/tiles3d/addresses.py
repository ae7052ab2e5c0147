"""Addresses in a tileset (RFC 3986 references), which may name nothing but a file of its folder."""

import posixpath
import re
from urllib.parse import unquote, urlsplit

from spatial.models.tiles3d.errors import BadAddressError

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_LONGEST = 2048
_SHOWN = 80


def name_of(address: object, base: str) -> str:
    """Return the file that an address means, by its path in the folder of the tileset.

    Args:
        address: what the JSON says.
        base: name of the file that says it; the address is relative to its place.

    Raises:
        BadAddressError: it is no text, leads elsewhere, or out of the folder.
    """
    if not isinstance(address, str) or not 0 < len(address) <= _LONGEST:
        raise BadAddressError(f"address {repr(address)[:_SHOWN]} is no text: expected a file name")
    shown = repr(address[:_SHOWN])
    if _SCHEME.match(address) or address.startswith("//"):
        raise BadAddressError(f"address {shown} leads elsewhere: expected a file of the tileset")
    try:
        path = unquote(urlsplit(address).path, errors="strict")
    except ValueError as error:
        raise BadAddressError(f"address {shown} cannot be read: {error}") from error
    if "\\" in path or any(ord(character) < ord(" ") for character in path):
        raise BadAddressError(f"address {shown} holds a character that no address may hold")
    name = posixpath.normpath(posixpath.join(posixpath.dirname(base), path))
    if path.startswith("/") or name == ".." or name.startswith("../"):
        raise BadAddressError(f"address {shown} leads out of the folder of the tileset")
    if not path or name == ".":
        raise BadAddressError(f"address {shown} names no file")
    return name
