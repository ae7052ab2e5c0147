"""What a decoder's fuzzing begins with: its recorded cases, and the words that they use."""

import re
from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Final

from data.reference import units
from fuzz.inputs import SEPARATOR, input_of
from ingest.decoders.homeassistant import HomeAssistantDecoder
from ingest.decoders.homeassistant.discovery import Discovered
from tests.unit.ingest.decoders.recorded import all_cases
from twin.model import Message

LONGEST_INPUT: Final = 2048

_REMEMBERING: Final = frozenset({"homeassistant", "sl651", "sparkplug"})
_STATES: Final = (b"20.5", b"ON", b'{"wind": 3.5, "state": "open"}')
_WORD: Final = re.compile(rb"[A-Za-z_][\w.:+-]{1,31}")


def write_seeds(decoder: str, folder: Path) -> None:
    """Write an input for each case, and for each pair where a message changes how others read."""
    folder.mkdir(parents=True, exist_ok=True)
    for sent in _inputs(decoder):
        if len(sent) <= LONGEST_INPUT:
            (folder / sha256(sent).hexdigest()).write_bytes(sent)


def write_words(decoder: str, file: Path) -> None:
    """Write the words of the cases as a dictionary of libFuzzer."""
    words = {SEPARATOR, *(word for sent in _inputs(decoder) for word in _WORD.findall(sent))}
    lines = ['"' + "".join(f"\\x{byte:02x}" for byte in word) + '"\n' for word in sorted(words)]
    file.write_text("".join(lines), encoding="ascii")


def _inputs(decoder: str) -> Iterator[bytes]:
    messages = [case.message for case in all_cases() if case.decoder == decoder]
    yield from (input_of(decoder, [message]) for message in messages)
    if decoder in _REMEMBERING:
        yield from (input_of(decoder, pair) for pair in product(messages, messages))
    if decoder == "homeassistant":
        yield from (input_of(decoder, pair) for pair in product(messages, _states(messages)))


def _states(announcements: Iterable[Message]) -> Iterator[Message]:
    """Return states of what is announced, of which the cases have none."""
    reader = HomeAssistantDecoder(units())
    for message in announcements:
        if isinstance(read := reader.announce(message), Discovered):
            for state in _STATES:
                yield message._replace(topic=read.state_topic, payload=state)
