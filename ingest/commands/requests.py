"""Commands and answers as frames of HJ 212 and SL 651: pure."""

from datetime import datetime
from typing import Final

from data.commands import Answer, Event, Order
from ingest.commands.access import Hj212Access, Sl651Access
from ingest.decoders.hj212 import frame as hj212_frame
from ingest.decoders.hj212.answers import ExecutionReturn, RequestReturn, read_answer
from ingest.decoders.hj212.segment import read_segment
from ingest.decoders.hj212.stamps import second_stamp
from ingest.decoders.sl651 import frame as sl651_frame
from ingest.decoders.sl651.answers import Address, query
from twin.model import to_us

_ANSWER_WANTED_2017: Final = 5


def hj212_request(order: Order, access: Hj212Access, qn: str, now: datetime) -> bytes:
    """Return the frame of a request (HJ 212-2017, 6.6.5 and annex C)."""
    items = str(order.carriage["items"]).format(now=second_stamp(to_us(now)), **order.parameters)
    return hj212_frame.build(
        f"QN={qn};ST={access.st};CN={order.carriage['code']};PW={access.password};"
        f"MN={order.address};Flag={_ANSWER_WANTED_2017};CP=&&{items}&&"
    )


def hj212_answer(address: str, frame: bytes, at: datetime) -> Answer | None:
    """Return what a frame answers: 9011 accepts or refuses, 9012 says what became of it.

    Raises:
        ValueError: no frame, no segment, or an answer that says nothing known.
    """
    said = read_answer(read_segment(hj212_frame.read_frame(frame).text))
    if said is None:
        return None
    if said.accepted is not None:
        taken = said.accepted is RequestReturn.READY
        event = Event.ACCEPT if taken else Event.REFUSE
        sentence = f"{_words(said.accepted.name)} (QnRtn {said.accepted.value})"
    elif said.executed is not None:
        done = said.executed is ExecutionReturn.DONE
        event = Event.EXECUTE if done else Event.REFUSE
        sentence = f"{_words(said.executed.name)} (ExeRtn {said.executed.value})"
    else:
        return None
    return Answer("hj212", address, said.qn, event, sentence, {}, at)


def sl651_request(order: Order, access: Sl651Access, now: datetime) -> bytes:
    """Return the frame of a query or command (SL 651-2014, 6.6.4)."""
    to = Address(order.address, access.centre, access.password, access.text)
    return query(to, int(order.carriage["code"], 16), to_us(now))


def sl651_answer(address: str, frame: bytes, at: datetime) -> Answer | None:
    """Return what a frame answers: a station repeats the function, with NAK if it cannot.

    Raises:
        ValueError: no frame.
    """
    said = sl651_frame.read_frame(frame)
    if said.down:
        return None
    refused = said.end == sl651_frame.NAK
    event = Event.REFUSE if refused else Event.EXECUTE
    sentence = f"answered function {said.function:02X}" + (" with NAK" if refused else "")
    return Answer("sl651", address, f"{said.function:02X}", event, sentence, {}, at)


def _words(name: str) -> str:
    return name.lower().replace("_", " ")
