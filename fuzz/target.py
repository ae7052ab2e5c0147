"""One decoder under libFuzzer: python -m fuzz.target DECODER FOLDER... -FLAG=VALUE..."""

import sys
from collections.abc import Callable, Mapping
from typing import Final

import atheris  # type: ignore[import-untyped]  # only in the environment of scripts/fuzz

from data.reference import units
from fuzz.documents import changed_document
from fuzz.inputs import messages_of
from fuzz.soundness import require_sound
from twin.model import Mode

with atheris.instrument_imports(include=["ingest.decoders", "ingest.translation"]):
    from fuzz.sealing import SEALED
    from ingest.decoders import DECODERS, Decoder
    from ingest.decoders.homeassistant import HomeAssistantDecoder
    from ingest.decoders.sl651 import Sl651Decoder
    from ingest.decoders.sparkplug import SparkplugDecoder
    from ingest.translation import translated

_REMEMBERING: Final[Mapping[str, Callable[[], Decoder]]] = {
    "homeassistant": lambda: HomeAssistantDecoder(units()),
    "sl651": Sl651Decoder,
    "sparkplug": SparkplugDecoder,
}
"""Made anew for each run, so that an input fails by itself or not at all."""

_MODES: Final = (Mode.ACTUAL, Mode.BACKFILL)
"""The one in which a time may be disbelieved, and one that takes any time."""

_PLAIN_ONE_IN: Final = 4
"""How often bytes are changed and left so."""


def run_of(decoder: str) -> Callable[[bytes], None]:
    """Return what libFuzzer calls with each input."""
    fresh = _REMEMBERING.get(decoder, lambda: DECODERS[decoder])

    def run(sent: bytes) -> None:
        for mode in _MODES:
            reader = fresh()
            for message in messages_of(decoder, sent, mode):
                decoded = reader.decode(message)
                require_sound(decoder, decoded)
                require_sound(decoder, translated(decoded))

    return run


def mutator_of(decoder: str) -> Callable[[bytes, int, int], bytes]:
    """Return a mutator whose inputs get past the door more often than changed bytes alone."""
    sealed = SEALED.get(decoder)

    def of_frames(sent: bytes, max_size: int, seed: int) -> bytes:
        changed: bytes = atheris.Mutate(sent, max_size)
        return sealed(changed)[:max_size] if sealed and seed % _PLAIN_ONE_IN else changed

    def of_documents(sent: bytes, max_size: int, seed: int) -> bytes:
        changed = changed_document(sent, seed) if seed % _PLAIN_ONE_IN else None
        if changed is None or len(changed) > max_size:
            changed = atheris.Mutate(sent, max_size)
        return changed

    return of_frames if sealed else of_documents


def main() -> None:
    """Fuzz until libFuzzer ends the process."""
    program, decoder, *rest = sys.argv
    atheris.Setup([program, *rest], run_of(decoder), custom_mutator=mutator_of(decoder))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
