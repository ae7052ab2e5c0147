"""What a tileset holds, said without copying any of it."""

from pathlib import Path

from spatial.files import Inspection
from spatial.models.model import Progress
from spatial.models.tiles3d.documents import extent
from spatial.models.tiles3d.survey import survey
from spatial.models.tiles3d.volumes import ECEF

_NAMED = 5


def inspect(path: Path, progress: Progress) -> Inspection:
    """Count the tiles of a tileset and its contents by kind.

    Raises:
        FileRefusedError: it is no tileset that can be served.
    """
    found = survey(path, progress)
    bounds = extent(found.root.root)
    warnings = found.faults.named[:_NAMED]
    if found.faults.count > _NAMED:
        warnings.append(f"{found.faults.count:,} faults of files and tiles in all")
    if bounds is None:
        warnings.append("does not lie on the globe: its tiles are not in metres of EPSG:4978")
    return Inspection(
        format="3D Tiles",
        schema=found.root.version,
        crs=None if bounds is None else ECEF,
        bounds=bounds,
        counts=found.counts(),
        warnings=warnings,
    )
