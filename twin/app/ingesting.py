"""The ingest process: wires source, decoders, rules and store."""

import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from types import FrameType

import structlog
from prometheus_client import start_http_server

from alerts.rule_files import shipped_rules
from alerts.rulekeeping.shipping import ship
from data.connection import connect
from data.device_types import load_types
from ingest.config import PipelineConfig, SourceConfig, default_sources
from ingest.decoders import DECODERS, Decoder
from ingest.inbox import Inbox
from ingest.incident_upkeep import keep_incidents
from ingest.link_upkeep import keep_linked
from ingest.mapping import MappedDecoder
from ingest.mqtt_source import MqttSource
from ingest.pipeline import Pipeline
from ingest.runner import Runner, now_us
from ingest.self_watch.vitals import Vitals
from ingest.stations import StationServer
from ingest.throttle import Throttle, limits_of
from ingest.upkeep import keep_up
from twin.app.commanding import command_thread
from twin.app.notifying import notice_threads, weather_signals
from twin.app.self_watching import self_watching
from twin.app.settings import Settings, SettingsError
from twin.app.station_servers import station_decoders, station_servers

_log = structlog.get_logger()

CLIENT_ID = "citytwin-ingest-0"


def build(settings: Settings, sources: tuple[SourceConfig, ...] | None = None) -> Runner:
    """Return a runner that is wired and not yet started.

    Raises:
        SettingsError: a source has no decoder, or a name that another one has.
        DeviceTypeError: a file of a device type has mistakes.
    """
    return _wired(settings, sources)[0]


def _wired(
    settings: Settings, sources: tuple[SourceConfig, ...] | None
) -> tuple[Runner, Sequence[StationServer]]:
    account = settings.accounts["ingest"]
    decoders = decoders_of(settings)
    told = _checked(sources, decoders) if sources else sources_of(settings)
    inbox = Inbox()
    broker = MqttSource(account, told, CLIENT_ID, inbox)
    stations = () if sources else station_servers(settings, inbox, told)
    decoder_of = {each.name: each.decoder for each in (*told, *settings.stations)}
    types = load_types(settings.device_types_folder)
    vitals = Vitals()
    pipeline = Pipeline(
        settings.store_url,
        decoders,
        now_us,
        decoder_of=decoder_of,
        device_types=types,
        on_faulty_rule=vitals.rule_failed,
    )
    throttle = Throttle(limits_of(settings.ingest, told))
    watching = self_watching(settings, CLIENT_ID, inbox, pipeline, vitals)
    own = () if sources else (weather_signals(settings, inbox), watching.origin)
    origins = (broker, *stations, *own)
    runner = Runner(inbox, origins, broker, pipeline, settings.ingest, throttle)
    runner.report_to(vitals, None if sources else watching.heart)
    for server in stations:
        server.report_failure_to(runner.fail)
    return runner, stations


def run_ingest(settings: Settings) -> None:
    """Ingest until SIGINT or SIGTERM.

    Raises:
        SettingsError: a source of the settings cannot be used.
        DeviceTypeError: a file of a device type has mistakes.
        RuleFileError: a shipped rule file has mistakes.
        RuleVersionError: a shipped rule changed under its old version.
    """
    runner, stations = _wired(settings, None)

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
    upkeep = _upkeep_thread(keep_up, "upkeep", settings, runner)
    upkeep.start()
    linking = _upkeep_thread(keep_linked, "linking", settings, runner)
    linking.start()
    incidents = _upkeep_thread(keep_incidents, "incidents", settings, runner)
    incidents.start()
    commands = command_thread(settings, stations, runner)
    commands.start()
    notices = notice_threads(settings, runner)
    for thread in notices:
        thread.start()
    _log.info("ingest started")
    runner.run()
    for thread in (delivery, upkeep, linking, incidents, commands, *notices):
        thread.join(timeout=15)
    _log.info("ingest stopped")


def _upkeep_thread(
    target: Callable[[str, PipelineConfig, threading.Event, Callable[[], bool]], None],
    name: str,
    settings: Settings,
    runner: Runner,
) -> threading.Thread:
    args = (settings.store_url, settings.ingest, runner.stopping, runner.is_behind)
    return threading.Thread(target=target, args=args, name=name, daemon=True)


def sources_of(settings: Settings) -> tuple[SourceConfig, ...]:
    """Return all sources: those of the settings and mappings, then those of every district.

    Raises:
        SettingsError: a source has no decoder, or a name that another one has.
    """
    mapped = (mapping.source() for mapping in settings.mappings)
    told = (*settings.sources, *mapped, *default_sources())
    return _checked(told, decoders_of(settings))


def decoders_of(settings: Settings) -> Mapping[str, Decoder]:
    """Return all decoders by name: of the protocols, the mappings and the stations."""
    mapped = {mapping.decoder: MappedDecoder(mapping) for mapping in settings.mappings}
    return {**DECODERS, **mapped, **station_decoders(settings)}


def _checked(
    sources: tuple[SourceConfig, ...], decoders: Mapping[str, Decoder]
) -> tuple[SourceConfig, ...]:
    names: set[str] = set()
    for source in sources:
        if source.decoder not in decoders:
            raise SettingsError(
                f"source {source.name!r}: decoder {source.decoder!r}, expected one of "
                + ", ".join(decoders)
            )
        if source.name in names:
            raise SettingsError(f"source {source.name!r}: expected a name that no other one has")
        names.add(source.name)
    return sources


def _enforce_shipped_rules(settings: Settings, runner: Runner) -> None:
    rules = shipped_rules()

    def deed() -> bool:
        with connect(settings.store_url, name="citytwin rules") as connection:
            ship(connection, rules, actor="twin ingest")
        return True

    runner.insist(deed)
