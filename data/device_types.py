"""The device types of a district, and what they make of each device's own settings."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from pydantic import ValidationError

from data.reference.device_types import (
    SUFFIX,
    DeviceType,
    DeviceTypeError,
    Meaning,
    OwnSettings,
    read_types,
    sentences_of,
    shipped_types,
)

_ID = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")

DeviceTypes = Mapping[str, DeviceType]


@dataclass(frozen=True, slots=True)
class DeviceSettings:
    """What is known of a device beside its name: its type, and what is special about it.

    Attributes:
        device_type: id of its type, empty if it has none.
        interval_s: expected between its messages, None where nobody says.
        minute_interval_s: of HJ 212 minute data, None for the standard's 10 minutes.
        quantities: what its own names mean, where the vocabulary is not right for it.
        unknown: why its type or settings could not be used, empty where they could.
        worked_out: room for whoever reads by these settings to keep what they come to.
    """

    device_type: str = ""
    interval_s: int | None = None
    minute_interval_s: int | None = None
    quantities: Mapping[str, Meaning] = field(default_factory=dict)
    unknown: str = ""
    worked_out: dict[tuple[str, str, str], Any] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )


NO_SETTINGS: Final = DeviceSettings()


def load_types(folder: Path | None = None) -> DeviceTypes:
    """Return the shipped types and those of a district's folder, which count before them.

    Args:
        folder: with one TOML file for each type, named after it; it may be absent.

    Raises:
        DeviceTypeError: with all mistakes of all files.
        OSError: a file cannot be read.
    """
    if folder is None or not folder.is_dir():
        return shipped_types()
    paths = sorted(folder.glob(f"*{SUFFIX}"))
    return {**shipped_types(), **read_type_files(paths)}


def read_type_files(paths: list[Path]) -> dict[str, DeviceType]:
    """Read files of one type each, whose names are the types' ids.

    Raises:
        DeviceTypeError: with all mistakes of all files.
        OSError: a file cannot be read.
    """
    if wrong := [path.name for path in paths if not _ID.fullmatch(path.stem)]:
        raise DeviceTypeError(
            f"file {name!r}: expected small letters, digits, - and _ before .toml" for name in wrong
        )
    return read_types((path.stem, path.read_text(encoding="utf-8")) for path in paths)


class SettingsBook:
    """Makes the settings of devices; those of one type share theirs.

    Args:
        types: by id.
    """

    def __init__(self, types: DeviceTypes) -> None:
        self._types = types
        self._shared: dict[tuple[str, int | None], DeviceSettings] = {}

    def settings(
        self, device_type: str, own: Mapping[str, object] | None, interval_s: int | None
    ) -> DeviceSettings:
        """Return what counts for a device.

        Args:
            device_type: its property of this name, empty if it has none.
            own: its property ``device_settings``.
            interval_s: its property of this name.
        """
        key = (device_type, interval_s)
        if (shared := self._shared.get(key)) is None:
            shared = self._shared[key] = self._of_type(device_type, interval_s)
        return _overlaid(shared, own) if own else shared

    def _of_type(self, name: str, interval_s: int | None) -> DeviceSettings:
        kind = self._types.get(name)
        if kind is None:
            unknown = f"device type {name!r}: expected one of {', '.join(self._types)}"
            return DeviceSettings(name, interval_s, unknown=unknown if name else "")
        return DeviceSettings(
            name, interval_s or kind.interval_s, kind.minute_interval_s, kind.quantities
        )


def _overlaid(shared: DeviceSettings, own: Mapping[str, object]) -> DeviceSettings:
    try:
        said = OwnSettings.model_validate(own)
    except ValidationError as error:
        unknown = f"device settings: {'; '.join(sentences_of(error))}"
        return replace(shared, unknown=unknown)
    quantities = dict(shared.quantities)
    for native, meaning in said.quantities.items():
        known = quantities.get(native)
        quantities[native] = known.overlaid(meaning) if known else meaning
    return replace(
        shared,
        minute_interval_s=said.minute_interval_s or shared.minute_interval_s,
        quantities=MappingProxyType(quantities),
    )
