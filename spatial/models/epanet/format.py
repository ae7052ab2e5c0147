"""The row of EPANET in the roll call of models."""

from pathlib import Path

from spatial.files import Inspection
from spatial.models.epanet.dialect import DIALECT
from spatial.models.inp.recognising import SUFFIX, is_of
from spatial.models.model import Model, ModelFormat, Progress
from spatial.models.swmm.dialect import DIALECT as OTHER


def _recognises(head: bytes, suffix: str) -> bool:
    return is_of(DIALECT, (OTHER,), head, suffix)


def _inspect(path: Path, progress: Progress) -> Inspection:
    from spatial.models.inp.opening import inspect_network  # noqa: PLC0415 - shapely is heavy

    return inspect_network(path, progress)


def _open(path: Path) -> Model:
    from spatial.models.inp.opening import open_network  # noqa: PLC0415 - shapely is heavy

    return open_network(path)


EPANET = ModelFormat("EPANET", (SUFFIX,), _recognises, _inspect, _open)
