"""Small grids of differences, written as the formats have them."""

import struct
from pathlib import Path

import numpy as np


def write_ntv2(path: Path, north_arcsec: float, west_arcsec: float) -> Path:
    """Write an NTv2 grid of one difference for 113 to 115 E, 22 to 23 N, one node a degree."""

    def whole(name: str, number: int) -> bytes:
        return struct.pack("<8si4x", name.encode().ljust(8), number)

    def real(name: str, number: float) -> bytes:
        return struct.pack("<8sd", name.encode().ljust(8), number)

    def text(name: str, value: str) -> bytes:
        return struct.pack("<8s8s", name.encode().ljust(8), value.encode().ljust(8))

    records = [
        whole("NUM_OREC", 11), whole("NUM_SREC", 11), whole("NUM_FILE", 1),
        text("GS_TYPE", "SECONDS"), text("VERSION", "NTv2.0"),
        text("SYSTEM_F", "LOCAL"), text("SYSTEM_T", "CGCS2000"),
        real("MAJOR_F", 6378137.0), real("MINOR_F", 6356752.314),
        real("MAJOR_T", 6378137.0), real("MINOR_T", 6356752.314),
        text("SUB_NAME", "CITY"), text("PARENT", "NONE"),
        text("CREATED", "20200101"), text("UPDATED", "20200101"),
        real("S_LAT", 22 * 3600.0), real("N_LAT", 23 * 3600.0),
        real("E_LONG", -115 * 3600.0), real("W_LONG", -113 * 3600.0),
        real("LAT_INC", 3600.0), real("LONG_INC", 3600.0), whole("GS_COUNT", 6),
        struct.pack("<4f", north_arcsec, west_arcsec, 0, 0) * 6,
        text("END", ""),
    ]  # fmt: skip
    path.write_bytes(b"".join(records))
    return path


def write_gtx(path: Path, height_m: float) -> Path:
    """Write a GTX grid (NOAA VDatum) of one undulation for 113 to 115 E, 22 to 23 N."""
    header = struct.pack(">4d2i", 22.0, 113.0, 0.5, 0.5, 3, 5)
    path.write_bytes(header + np.full(15, height_m, dtype=">f4").tobytes())
    return path
