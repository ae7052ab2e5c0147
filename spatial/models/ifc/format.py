"""IFC in the roll call of formats."""

from pathlib import Path

from spatial.files import Inspection, zip_file
from spatial.models.ifc import container, step_header
from spatial.models.model import Model, ModelFormat, Progress

_SUFFIXES = (".ifc", ".ifczip", ".ifcxml")


def _recognises(head: bytes, suffix: str) -> bool:
    if head.startswith(zip_file.MAGIC):
        return suffix in _SUFFIXES
    return suffix in _SUFFIXES or step_header.is_step(head) or container.is_xml(head)


def _inspect(path: Path, progress: Progress) -> Inspection:
    from spatial.models.ifc.inspecting import (  # noqa: PLC0415 - the library takes half a second
        inspect,
    )

    return inspect(path, progress)


def _open(path: Path) -> Model:
    from spatial.models.ifc.reading import open_model  # noqa: PLC0415 - as above

    return open_model(path)


IFC = ModelFormat("IFC", _SUFFIXES, _recognises, _inspect, _open, scheme="ifc")
