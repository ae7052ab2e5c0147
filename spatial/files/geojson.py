"""GeoJSON (RFC 7946), and the ``crs`` member of its predecessor of 2008 where a file has one."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from pyproj import CRS
from pyproj.exceptions import CRSError

from spatial.files import local_file, text_encoding
from spatial.files.columns import MAX_COLUMNS
from spatial.files.errors import FileRefusedError, RefusedRow, RowRefusedError, refuse
from spatial.files.geojson_shapes import wkb_of
from spatial.files.json_members import PAST_THE_END, scan
from spatial.files.layer import Column, Document, Format, Layer, Request, objects
from spatial.files.wkb import KINDS

_RFC_7946 = "EPSG:4326"
_SEVERAL = "; put features that stand one on a line into one FeatureCollection"


class _Features:
    """Takes features one by one into columns, so that the objects themselves can go."""

    def __init__(self) -> None:
        self.wkb: list[bytes | None] = []
        self.refused: list[RefusedRow] = []
        self._number = 0
        self._rows: list[int] = []
        self._filled: dict[str, tuple[list[int], list[object]]] = {}

    def take(self, feature: object) -> None:
        """Take or refuse the next feature."""
        self._number += 1
        try:
            properties, shape = _parts(feature)
        except RowRefusedError as error:
            self.refused.append(RefusedRow(self._number, str(error)))
            return
        except RecursionError:
            reason = "its geometry is nested deeper than any data"
            self.refused.append(RefusedRow(self._number, reason))
            return
        for name, value in properties.items():
            positions, values = self._filled.setdefault(name, ([], []))
            positions.append(len(self._rows))
            values.append(_plain(value))
        if len(self._filled) > MAX_COLUMNS:
            raise FileRefusedError(
                f"more than {MAX_COLUMNS} names of properties up to feature {self._number}"
            )
        self._rows.append(self._number)
        self.wkb.append(shape)

    def rows(self) -> Column:
        """Return (n,) numbers of the features taken."""
        return np.array(self._rows, dtype=np.int64)

    def columns(self) -> dict[str, Column]:
        """Return (n,) arrays of the properties by name."""
        return {name: self._column(*filled) for name, filled in self._filled.items()}

    def _column(self, positions: list[int], values: list[object]) -> Column:
        column = np.full(len(self._rows), None, dtype=object)
        column[positions] = objects(values)
        return column


def _recognises(head: bytes, _suffix: str) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")


def _open(path: Path, request: Request) -> Document:
    decoded = text_encoding.decode(path, local_file.whole(path), request.encoding)
    features = _Features()
    members = _scanned(path, decoded.text, features)
    old = "crs" in members
    layer = Layer(
        name=path.stem,
        crs=_old_crs(path, members["crs"]) if old else _RFC_7946,
        rows=features.rows(),
        wkb=objects(features.wkb),
        columns=features.columns(),
        refused=tuple(features.refused),
        warnings=(decoded.assumed,) if decoded.assumed else (),
    )
    return Document("2008" if old else "RFC 7946", {layer.name: lambda: layer})


def _scanned(path: Path, text: str, features: _Features) -> dict[str, Any]:
    try:
        members = scan(text, "features", features.take)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        hint = _SEVERAL if error.msg == PAST_THE_END and text[error.pos] == "{" else ""
        raise refuse(
            path, f"is not JSON at {place}: {error.msg[0].lower()}{error.msg[1:]}{hint}"
        ) from error
    except RecursionError as error:
        raise refuse(path, "is nested deeper than any data: expected GeoJSON") from error
    except FileRefusedError as error:
        raise refuse(path, str(error)) from error
    except ValueError as error:  # an integer of thousands of digits
        raise refuse(path, f"holds a number that cannot be read: {_brief(error)}") from error
    kind = members.get("type")
    if kind == "Feature":
        features.take(members)
    elif isinstance(kind, str) and kind in KINDS.values():
        features.take({"type": "Feature", "geometry": members})
    elif kind != "FeatureCollection" or members.get("features") != []:
        raise refuse(
            path, f"is JSON of type {kind!r}: expected a FeatureCollection with a list of features"
        )
    return members


def _parts(feature: object) -> tuple[dict[str, object], bytes | None]:
    """Return properties and shape of a feature; its own id joins the properties."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise RowRefusedError(f"is {repr(feature)[:60]}: expected a feature")
    properties = feature.get("properties") or {}
    if not isinstance(properties, dict):
        raise RowRefusedError(f"properties are {repr(properties)[:60]}: expected an object")
    if feature.get("id") is not None:
        properties.setdefault("id", feature["id"])
    return properties, wkb_of(feature.get("geometry"))


def _brief(error: ValueError) -> str:
    return str(error).partition(";")[0].lower()


def _plain(value: object) -> object:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return value


def _old_crs(path: Path, member: object) -> str | None:
    """Return the CRS that a file of 2008 names (GeoJSON 1.0, 3); null means unknown."""
    if member is None:
        return None
    named = member.get("properties") if isinstance(member, dict) else None
    name = named.get("name") if isinstance(named, dict) else None
    try:
        crs = CRS.from_user_input(str(name))
    except CRSError as error:
        raise refuse(path, f"unknown crs {member!r}: expected e.g. 'EPSG:4547'") from error
    # CRS84 is WGS 84 in the order east, north, which is the order of every GeoJSON file.
    return _RFC_7946 if crs.to_authority() == ("OGC", "CRS84") else _named(crs)


def _named(crs: CRS) -> str:
    code = crs.to_epsg()
    return crs.to_wkt() if code is None else f"EPSG:{code}"


GEOJSON = Format("GeoJSON", (".geojson", ".json"), _recognises, _open)
