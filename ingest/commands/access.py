"""What stations must be told so that they obey: kept in a file of secrets, shown nowhere."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

FILE: Final = "device_access.toml"

Access = TypeVar("Access")


class AccessError(Exception):
    """A station cannot be spoken to. Add it to ``secrets/device_access.toml``."""


class Hj212Access(BaseModel):
    """Of a monitoring point: system (ST) and password (PW) of HJ 212-2017, 6.3.2."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    st: str = Field(pattern=r"^[0-9A-Z]{2}$")
    password: str = Field(pattern=r"^[0-9A-Za-z]{1,9}$", repr=False)


class Sl651Access(BaseModel):
    """Of a telemetry station: centre, password and coding of SL 651-2014, 6.5.2."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    centre: int = Field(ge=0, le=255)
    password: str = Field(pattern=r"^[0-9A-Fa-f]{4}$", repr=False)
    text: bool = False


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    hj212: Mapping[str, Hj212Access] = {}
    sl651: Mapping[str, Sl651Access] = {}


class DeviceAccess:
    """The file of secrets, read anew each time so that a change counts at once."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def hj212(self, address: str) -> Hj212Access:
        """Return how to speak to a monitoring point.

        Raises:
            AccessError: the file does not say, or cannot be read.
        """
        return _entry(self._read().hj212, "hj212", address)

    def sl651(self, address: str) -> Sl651Access:
        """Return how to speak to a telemetry station.

        Raises:
            AccessError: the file does not say, or cannot be read.
        """
        return _entry(self._read().sl651, "sl651", address)

    def _read(self) -> _File:
        try:
            return _File.model_validate(tomllib.loads(self._path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return _File()
        except (OSError, ValidationError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise AccessError(f"file {FILE!r} cannot be used: {error}") from error


def _entry(entries: Mapping[str, Access], protocol: str, address: str) -> Access:
    found = {name.upper(): entry for name, entry in entries.items()}.get(address.upper())
    if found is None:
        raise AccessError(
            f"station {address!r}: expected an entry [{protocol}.{address}] in {FILE}"
        )
    return found
