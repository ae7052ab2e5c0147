"""SL 651-2014: frames of water stations, in HEX/BCD and ASCII coding, up and down."""

from ingest.decoders.sl651.answers import Address, answer, confirm, query, refuse, set_clock
from ingest.decoders.sl651.decoder import Sl651Decoder
from ingest.decoders.sl651.frame import Frame, UnreadableFrameError, read_frame, write_frame
from ingest.decoders.sl651.packets import Assembly
from ingest.decoders.sl651.stream import split

__all__ = [
    "Address",
    "Assembly",
    "Frame",
    "Sl651Decoder",
    "UnreadableFrameError",
    "answer",
    "confirm",
    "query",
    "read_frame",
    "refuse",
    "set_clock",
    "split",
    "write_frame",
]
