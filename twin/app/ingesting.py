"""The ingest process: wires source, decoders, rules and store."""

import signal
import threading
from types import FrameType

import structlog
from prometheus_client import start_http_server

from alerts.rule_files import shipped_rules
from alerts.rulebook import enforce
from data.connection import connect
from ingest.config import SourceConfig, default_sources
from ingest.decoders import DECODERS
from ingest.inbox import Inbox
from ingest.mqtt_source import MqttSource
from ingest.pipeline import Pipeline
from ingest.runner import Runner, now_us
from ingest.upkeep import keep_up
from twin.app.settings import Settings, SettingsError

_log = structlog.get_logger()

CLIENT_ID = "citytwin-ingest-0"


def build(settings: Settings, sources: tuple[SourceConfig, ...] | None = None) -> Runner:
    """Return a runner that is wired and not yet started.

    Raises:
        SettingsError: a source has no decoder, or a name that another one has.
    """
    account = settings.accounts["ingest"]
    told = _checked(sources) if sources else sources_of(settings)
    inbox = Inbox()
    broker = MqttSource(account, told, CLIENT_ID, inbox)
    decoder_of = {each.name: each.decoder for each in told}
    pipeline = Pipeline(settings.store_url, DECODERS, now_us, decoder_of=decoder_of)
    return Runner(inbox, [broker], broker, pipeline, settings.ingest)


def run_ingest(settings: Settings) -> None:
    """Ingest until SIGINT or SIGTERM.

    Raises:
        SettingsError: a source of the settings cannot be used.
        RuleFileError: a shipped rule file has mistakes.
        RuleVersionError: a shipped rule changed under its old version.
    """
    runner = build(settings)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        runner.stop()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    if settings.ingest.metrics_port is not None:
        start_http_server(settings.ingest.metrics_port, addr="127.0.0.1")
    _enforce_shipped_rules(settings, runner)
    delivery = threading.Thread(
        target=runner.deliver_notices, args=(settings.store_url,), name="delivery", daemon=True
    )
    delivery.start()
    upkeep = threading.Thread(
        target=keep_up,
        args=(settings.store_url, settings.ingest, runner.stopping),
        name="upkeep",
        daemon=True,
    )
    upkeep.start()
    _log.info("ingest started")
    runner.run()
    delivery.join(timeout=15)
    upkeep.join(timeout=15)
    _log.info("ingest stopped")


def sources_of(settings: Settings) -> tuple[SourceConfig, ...]:
    """Return all sources: those of the settings first, then those that every district has.

    Raises:
        SettingsError: a source has no decoder, or a name that another one has.
    """
    return _checked((*settings.sources, *default_sources()))


def _checked(sources: tuple[SourceConfig, ...]) -> tuple[SourceConfig, ...]:
    names: set[str] = set()
    for source in sources:
        if source.decoder not in DECODERS:
            raise SettingsError(
                f"source {source.name!r}: decoder {source.decoder!r}, expected one of "
                + ", ".join(DECODERS)
            )
        if source.name in names:
            raise SettingsError(f"source {source.name!r}: expected a name that no other one has")
        names.add(source.name)
    return sources


def _enforce_shipped_rules(settings: Settings, runner: Runner) -> None:
    rules = shipped_rules()

    def deed() -> bool:
        with connect(settings.store_url, name="citytwin rules") as connection:
            enforce(connection, rules, actor="twin ingest")
        return True

    runner.insist(deed)
