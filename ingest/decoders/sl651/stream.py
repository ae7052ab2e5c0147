"""Frames out of a stream of bytes, whole again after rubbish (SL 651-2014, 6.5.2)."""

import re
from typing import Final

from ingest.decoders.sl651.frame import HEADER, UnreadableFrameError, read_frame, size_at

MAX_REJECTED: Final = 16
"""How many wrong frames are tried in one call, so that no rubbish can keep us busy."""

_HEADER_BEGINS = re.compile(rb"(?:\x7e\x7e[\s\S]{0,11}|\x7e|\x01[0-9A-Fa-f]{0,22})\Z")
_LONGEST_HEADER = 24


def split(buffer: bytes, *, final: bool = False) -> tuple[list[bytes], bytes]:
    """Cut what has arrived into pieces: whole frames, and the rubbish between them.

    Args:
        buffer: the rest of the last call and what has come since.
        final: nothing more will come; a frame that has only begun is rubbish too.

    Returns:
        The pieces, and the rest that may become a frame: at most 64 KiB, empty if ``final``.
        Pieces and rest are together the buffer. ``read_frame`` says what is wrong with rubbish.
    """
    pieces: list[bytes] = []
    done = at = rejected = 0
    while rejected < MAX_REJECTED and (found := HEADER.search(buffer, at)):
        start = found.start()
        end = start + size_at(buffer, start)
        if end > len(buffer) and not final:
            return [*pieces, *_some(buffer[done:start])], buffer[start:]
        if end > len(buffer):
            at = start + 1
        elif _is_frame(buffer[start:end]):
            pieces += [*_some(buffer[done:start]), buffer[start:end]]
            done = at = end
        else:
            rejected += 1
            at = start + 1
    if done == len(buffer):
        return pieces, b""
    rest = len(buffer) if final or rejected == MAX_REJECTED else _begun(buffer, max(done, at))
    return [*pieces, *_some(buffer[done:rest])], buffer[rest:]


def _some(rubbish: bytes) -> list[bytes]:
    return [rubbish] if rubbish else []


def _is_frame(data: bytes) -> bool:
    try:
        read_frame(data)
    except UnreadableFrameError:
        return False
    return True


def _begun(buffer: bytes, done: int) -> int:
    """Return where a header may have begun that is not all there yet."""
    found = _HEADER_BEGINS.search(buffer, max(done, len(buffer) - _LONGEST_HEADER))
    return found.start() if found else len(buffer)
