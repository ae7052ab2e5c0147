"""Wires what ingest says of itself: readings about its parts, and the heartbeat."""

from typing import NamedTuple

from ingest.inbox import Inbox
from ingest.pipeline import Pipeline
from ingest.runner import now_us
from ingest.self_watch.heart import Heart
from ingest.self_watch.herald import Herald
from ingest.self_watch.vitals import Vitals
from ingest.self_watch.watch import Insides, SelfWatch
from twin.app.settings import Settings


class Watching(NamedTuple):
    """An origin of readings, not started, and what beats with the commits."""

    origin: SelfWatch
    heart: Heart


def self_watching(
    settings: Settings, client_id: str, inbox: Inbox, pipeline: Pipeline, vitals: Vitals
) -> Watching:
    """Return what watches a process of ingest.

    Args:
        settings: of the store, the broker, and how often to look.
        client_id: of the process at the broker.
        inbox: takes the readings.
        pipeline: says which rules are faulty, and how our clock stands.
        vitals: what the threads note.
    """
    herald = Herald(settings.accounts["ingest"], f"{client_id}-heartbeat")
    insides = Insides(
        settings.state_dir,
        lambda: pipeline.faulty_rules,
        lambda: pipeline.clock_error_s,
        now_us,
    )
    origin = SelfWatch(settings.store_url, settings.ingest, inbox, herald, vitals, insides)
    return Watching(origin, Heart(settings.ingest.heartbeat_seconds, origin.told, herald.tell))
