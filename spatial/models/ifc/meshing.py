"""Computes geometry in a process of its own.

The library computes with many cores, and some files of the real world make it crash or never end.
A child process is forked that has the opened model already; it hands over one product after the
other. If it dies or falls silent, what is missing is computed one by one, each with its own limit.
"""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, Generic, NamedTuple, TypeVar

import ifcopenshell

from spatial.models.ifc import mesher
from spatial.models.ifc.mesh import Mesh
from spatial.models.model import Progress

T = TypeVar("T")
_FORKED: Final = multiprocessing.get_context("fork")


class Limits(NamedTuple):
    """How long the computation may take.

    Attributes:
        silence_s: of all cores together without a product.
        product_s: of one product alone.
        losses: products that may fail badly before the rest is left alone.
    """

    silence_s: float = 60.0
    product_s: float = 20.0
    losses: int = 20


USUAL: Final = Limits()


class Meshing(Generic[T]):
    """Computes something of the mesh of every product.

    Attributes:
        failed: why, by STEP id of the products whose geometry cannot be had.
    """

    def __init__(
        self, file: ifcopenshell.file, work: Callable[[Mesh], T], limits: Limits = USUAL
    ) -> None:
        self.failed: dict[int, str] = {}
        self._file = file
        self._work = work
        self._limits = limits

    def run(self, wanted: Sequence[int], progress: Progress) -> Iterator[T]:
        """Yield what the work makes of each product; products that draw nothing are left out.

        Args:
            wanted: STEP ids.
            progress: is told how many are done.
        """
        missing = dict.fromkeys(wanted)
        for product, made in self._together(list(missing)):
            missing.pop(product, None)
            progress("geometry", len(wanted) - len(missing), len(wanted))
            yield made
        if not self._broke_off:
            return
        while missing and len(self.failed) < self._limits.losses:
            for product, result in self._one_by_one(list(missing)):
                missing.pop(product, None)
                progress("geometry", len(wanted) - len(missing), len(wanted))
                if result is not None:
                    yield result
            if not self._broke_off:
                return
            culprit = self._begun
            if culprit is None:
                break
            missing.pop(culprit, None)
            self.failed[culprit] = self._why
        self.failed |= dict.fromkeys(missing, "too much of the geometry failed before")

    def _together(self, wanted: list[int]) -> Iterator[tuple[int, T]]:
        with _child(mesher.together, self._file, wanted, self._work) as child:
            for message in self._messages(child, self._limits.silence_s):
                product, made = message
                yield product, made

    def _one_by_one(self, wanted: list[int]) -> Iterator[tuple[int, T | None]]:
        with _child(mesher.one_by_one, self._file, wanted, self._work) as child:
            for message in self._messages(child, self._limits.product_s):
                if isinstance(message, int):
                    self._begun = message
                    continue
                product, made = message
                yield product, made

    def _messages(self, child: "_Child", limit_s: float) -> Iterator[Any]:
        """Yield messages until the child says that it is done, dies or falls silent."""
        self._broke_off, self._begun, self._why = True, None, ""
        while child.answers.poll(limit_s):
            try:
                message = child.answers.recv()
            except EOFError:
                child.process.join()
                self._why = f"the geometry library died ({child.process.exitcode})"
                return
            if message is None:
                self._broke_off = False
                return
            yield message
        self._why = f"the geometry library did not end within {limit_s:g} s"

    _broke_off: bool = False
    _begun: int | None = None
    _why: str = ""


class _Child(NamedTuple):
    process: Any
    answers: Any


@contextmanager
def _child(
    target: Callable[..., None], file: ifcopenshell.file, wanted: list[int], work: object
) -> Iterator[_Child]:
    answers, sending = _FORKED.Pipe(duplex=False)
    process = _FORKED.Process(target=target, args=(sending, file, wanted, work), daemon=True)
    process.start()
    sending.close()
    try:
        yield _Child(process, answers)
    finally:
        process.kill()
        process.join()
        answers.close()
