"""What the child process of ``meshing`` does: geometry, and nothing that could be heard outside."""

import faulthandler
import os
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias

import ifcopenshell
from ifcopenshell import geom

from spatial.models.ifc.mesh import Mesh, mesh_of


class Sender(Protocol):
    """The end of a pipe that takes messages."""

    def send(self, message: object) -> None:
        """Send a message."""


Work: TypeAlias = Callable[[Mesh], Any]

_FAST: Final = "manifold"
_THOROUGH: Final = "opencascade"
_CANNOT_BE_MADE: Final = (RuntimeError, ValueError, MemoryError, ArithmeticError)


def together(sending: Sender, file: ifcopenshell.file, wanted: list[int], work: Work) -> None:
    """Make the meshes of products with all cores, and send what the work makes of each."""
    _alone()
    products = [file.by_id(number) for number in wanted]
    iterator = geom.iterator(
        settings(), file, os.cpu_count() or 1, include=products, geometry_library=kernel()
    )
    if products and iterator.initialize():
        while True:
            _send(sending, iterator.get(), work)  # type: ignore[no-untyped-call]
            if not iterator.next():
                break
    sending.send(None)


def one_by_one(sending: Sender, file: ifcopenshell.file, wanted: list[int], work: Work) -> None:
    """Make the meshes one after the other, and send beforehand whose turn it is."""
    _alone()
    chosen = settings()
    for number in wanted:
        sending.send(number)
        try:
            made = geom.create_shape(chosen, file.by_id(number), geometry_library=kernel())
        except _CANNOT_BE_MADE:
            sending.send((number, None))
        else:
            _send(sending, made, work)
    sending.send(None)


def settings() -> geom.settings:
    """Return how geometry is made: in the coordinates of the model, in metres."""
    chosen = geom.settings()  # type: ignore[no-untyped-call]
    for name in ("use-world-coords", "no-normals"):
        chosen.set(name, True)  # noqa: FBT003 - the library's way
    return chosen


def kernel() -> Any:  # noqa: ANN401 - the library lists the names of its own kernels only
    """Return the geometry kernel: a fast one, with a thorough one for what it cannot do."""
    if geom.has_geometry_library(_FAST):
        return f"hybrid-{_FAST}-{_THOROUGH}"
    return _THOROUGH


def _send(sending: Sender, made: Any, work: Work) -> None:  # noqa: ANN401 - as above
    mesh = mesh_of(made)
    sending.send((mesh.product, work(mesh)))


def _alone() -> None:
    """Be quiet, and leave half of the machine's memory to the others."""
    faulthandler.disable()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    allowed = _memory_limit()
    resource.setrlimit(resource.RLIMIT_AS, (allowed, allowed))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _memory_limit() -> int:
    """Return how many bytes of addresses may be taken: those there are, and half of the memory."""
    page = os.sysconf("SC_PAGE_SIZE")
    taken = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = page * (taken + os.sysconf("SC_PHYS_PAGES") // 2)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    return limit if hard == resource.RLIM_INFINITY else min(limit, hard)
