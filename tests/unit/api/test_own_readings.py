"""What the web process hands in about itself is read like anybody's readings."""

from ingest.decoders import DECODERS
from ingest.handed_in import BodyKind, topic_of
from twin.api.own_readings import reading
from twin.model import Message, Mode, Name

CODE = 4403118901000003
NOON_MS = 1_779_336_000_000


def test_the_reading_is_of_the_thing_that_stands_for_the_web_process() -> None:
    topic = topic_of(Mode.ACTUAL, BodyKind.JSON, "twin web")
    message = Message("http-json-actual", Mode.ACTUAL, topic, reading(CODE, 41.5, NOON_MS), 0)
    message = message._replace(received_us=NOON_MS * 1000)
    decoded = DECODERS["handed_in"].decode(message)
    (told,) = decoded.readings
    assert decoded.faults == []
    assert (told.device, told.quantity, told.value) == (
        Name("code", str(CODE)),
        "memory_used",
        41.5,
    )
