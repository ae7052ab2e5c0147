"""How the web process hands readings to ingest through the broker, and hears what became of them.

The body of a request is published as it came, with QoS 1, to a topic that says who handed it in
and, for a declared correction, why. Only the account of the web process may write there.
"""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final, NamedTuple
from urllib.parse import quote, unquote

import orjson

from twin.model import Fault, FaultReason, Mode

OUTCOMES_TOPIC: Final = "citytwin/v1/http/outcomes"
"""Where ingest says, after the commit, what became of messages; it is for web processes."""

MAX_FAULTS_TOLD: Final = 20

_REVISING: Final = "/revise/"
_TOPIC = re.compile(
    r"citytwin/(?:(?:exercise|replay|backfill)/)?v1/http/[a-z-]+/(?P<caller>[^/]+)"
    r"/revise/(?P<reason>[^/]+)"
)


class BadOutcomesError(ValueError):
    """A message on the topic of outcomes that is none. Look for who else writes there."""


class BodyKind(StrEnum):
    """How a body is written; a level of its topic."""

    JSON = "json"
    SENML_JSON = "senml-json"
    SENML_CBOR = "senml-cbor"
    SENML_XML = "senml-xml"


class Declaration(NamedTuple):
    """Who declares that values are corrections, and why."""

    actor: str
    reason: str


class Outcome(NamedTuple):
    """What became of a message, once that is committed.

    Attributes:
        digest: of its topic and payload.
        stored: readings that are newly stored, or corrected.
        known: readings that stood already: handed in before, or in conflict with what stands.
        faults: what could not be taken; at most 20, the last one then counts the rest.
    """

    digest: bytes
    stored: int
    known: int
    faults: Sequence[Fault]


def topic_of(mode: Mode, kind: BodyKind, actor: str, revise: str | None = None) -> str:
    """Return where a body is published; ``revise`` is the reason of a declared correction."""
    root = "" if mode is Mode.ACTUAL else f"{mode}/"
    correction = "" if revise is None else _REVISING + quote(revise, safe="")
    return f"citytwin/{root}v1/http/{kind}/{quote(actor, safe='')}{correction}"


def declaration_in(topic: str) -> Declaration | None:
    """Return what a topic declares; None of every topic that is not one of corrections."""
    if _REVISING not in topic or not (found := _TOPIC.fullmatch(topic)):
        return None
    return Declaration(unquote(found["caller"]), unquote(found["reason"]))


def pack(outcomes: Iterable[Outcome]) -> bytes:
    """Return outcomes as they travel: a JSON list."""
    return orjson.dumps(
        [
            {
                "digest": outcome.digest.hex(),
                "stored": outcome.stored,
                "known": outcome.known,
                "faults": [[fault.reason, fault.sentence] for fault in _told(outcome.faults)],
            }
            for outcome in outcomes
        ]
    )


def unpack(payload: bytes) -> list[Outcome]:
    """Read what ``pack`` wrote.

    Raises:
        BadOutcomesError: it is something else.
    """
    try:
        return [
            Outcome(
                bytes.fromhex(one["digest"]),
                int(one["stored"]),
                int(one["known"]),
                [Fault(FaultReason(reason), sentence) for reason, sentence in one["faults"]],
            )
            for one in orjson.loads(payload)
        ]
    except (ValueError, TypeError, KeyError) as error:
        raise BadOutcomesError(f"outcomes {payload[:100]!r}: expected a list of them") from error


def _told(faults: Sequence[Fault]) -> list[Fault]:
    # A lone surrogate of a name that was sent is no UTF-8.
    told = [
        Fault(reason, sentence.encode("utf-8", "backslashreplace").decode())
        for reason, sentence in faults[:MAX_FAULTS_TOLD]
    ]
    if (left_out := len(faults) - len(told)) > 0:
        told.append(Fault(faults[-1].reason, f"and {left_out} more faults in this message"))
    return told
