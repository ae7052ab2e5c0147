"""What ingest needs to be told: the broker, the sources and the sizes of batches."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from twin.model import Mode


class BrokerAccount(BaseModel):
    """How to sign in at the broker; the password stands in a file of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str
    port: int = Field(gt=0, lt=65536)
    username: str
    password_file: Path

    def password(self) -> str:
        """Read the password."""
        return self.password_file.read_text(encoding="utf-8").strip()


class SourceConfig(BaseModel):
    """One kind of message: where it comes in, who decodes it and in which mode it counts.

    Attributes:
        name: of the source; parked messages and metrics name it.
        filters: topics that it takes (MQTT 3.1.1, 4.7); the first source that takes one has it.
        decoder: a name of ``ingest.decoders.DECODERS``.
        mode: of all its messages.
        device_rate_per_s: messages/s that one of its topics may carry for long, as of a gateway;
            None as for all others, 0 without limit.
        answered: whether somebody waits to hear what became of its messages.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    filters: tuple[str, ...] = Field(min_length=1)
    decoder: str
    mode: Mode = Mode.ACTUAL
    device_rate_per_s: int | None = Field(default=None, ge=0)
    answered: bool = False


class PipelineConfig(BaseModel):
    """Sizes and waits of the pipeline.

    Attributes:
        batch_messages: at most in one transaction.
        linger_ms: how long a batch waits for more.
        retry_seconds: between attempts while the store is away.
        tick_seconds: between looks at what happens without a message.
        metrics_port: of the Prometheus page, None for none.
        parked_messages: kept at most; the oldest are dropped and counted.
        parked_mb: megabytes that they may have.
        rollup_seconds: between runs of the rollup job.
        link_seconds: between looks whether links are to follow the register; 0 for never.
        incident_seconds: between looks for alerts that incidents are made of; 0 for never.
        incident_settle_minutes: an incident ends when none of its alerts has stood for so long.
        keep_observations_days: after which single values are dropped, whole days at a time; their
            rollups stay. None keeps them for ever.
        device_rate_per_s: messages/s that one topic may carry for long; 0 without limit.
        throttle_after_s: above that rate in each of so many seconds, a sender is throttled.
        throttle_burst: or after so many messages in fewer such seconds.
        watch_itself: whether readings about the system's own parts are handed in.
        watch_seconds: between them.
        heartbeat_seconds: between heartbeats.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    batch_messages: int = Field(default=2000, gt=0)
    linger_ms: int = Field(default=10, ge=0)
    retry_seconds: float = Field(default=1.0, gt=0)
    tick_seconds: float = Field(default=1.0, gt=0)
    metrics_port: int | None = None
    parked_messages: int = Field(default=100_000, gt=0)
    parked_mb: int = Field(default=500, gt=0)
    rollup_seconds: float = Field(default=60.0, gt=0)
    link_seconds: float = Field(default=1.0, ge=0)
    incident_seconds: float = Field(default=0.5, ge=0)
    incident_settle_minutes: float = Field(default=30.0, ge=0)
    keep_observations_days: int | None = Field(default=None, ge=2)
    device_rate_per_s: int = Field(default=50, ge=0)
    throttle_after_s: int = Field(default=20, gt=0)
    throttle_burst: int = Field(default=50_000, gt=0)
    watch_itself: bool = True
    watch_seconds: float = Field(default=10.0, gt=0)
    heartbeat_seconds: float = Field(default=5.0, gt=0)


def default_sources() -> tuple[SourceConfig, ...]:
    """Return the sources that every district has: telemetry, video events, HTTP of each mode."""
    telemetry = tuple(
        SourceConfig(
            name=f"telemetry-{mode}",
            filters=(f"citytwin/{_root(mode)}v1/+/telemetry",),
            decoder="json",
            mode=mode,
        )
        for mode in Mode
    )
    video = (
        SourceConfig(
            name="video-actual",
            filters=("+/onvif-ej/#", "+/+/onvif-ej/#", "+/+/+/onvif-ej/#"),
            decoder="onvif",
            mode=Mode.ACTUAL,
        ),
        *(
            SourceConfig(
                name=f"video-{mode}",
                filters=(f"citytwin/{mode}/v1/+/onvif-ej/#",),
                decoder="onvif",
                mode=mode,
            )
            for mode in (Mode.EXERCISE, Mode.REPLAY)
        ),
    )
    return telemetry + video + _handed_in()


def _handed_in() -> tuple[SourceConfig, ...]:
    """Return what the web process hands in (``ingest.handed_in``), by decoder and mode."""
    return tuple(
        SourceConfig(
            name=f"http-{name}-{mode}",
            filters=tuple(f"citytwin/{_root(mode)}v1/http/{kind}/#" for kind in kinds),
            decoder=decoder,
            mode=mode,
            # Who waits for each answer limits itself.
            device_rate_per_s=0,
            answered=True,
        )
        for mode in Mode
        for name, decoder, kinds in (
            ("json", "handed_in", ("json",)),
            ("senml", "senml", ("senml-json", "senml-cbor", "senml-xml")),
        )
    )


def _root(mode: Mode) -> str:
    return "" if mode is Mode.ACTUAL else f"{mode}/"
