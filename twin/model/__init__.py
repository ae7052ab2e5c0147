"""The frozen values that cross the whole house."""

from twin.model.judged import JudgedBatch, SeriesInfo, StoredEvent
from twin.model.message import Decoded, Fault, FaultReason, Message, Presence, Request
from twin.model.mode import Mode
from twin.model.quality import Check, Grade, combine, grade_of, quality
from twin.model.reading import Name, NativeReading, Reading, Statistic, VideoEvent
from twin.model.times import from_us, to_us

__all__ = [
    "Check",
    "Decoded",
    "Fault",
    "FaultReason",
    "Grade",
    "JudgedBatch",
    "Message",
    "Mode",
    "Name",
    "NativeReading",
    "Presence",
    "Reading",
    "Request",
    "SeriesInfo",
    "Statistic",
    "StoredEvent",
    "VideoEvent",
    "combine",
    "from_us",
    "grade_of",
    "quality",
    "to_us",
]
