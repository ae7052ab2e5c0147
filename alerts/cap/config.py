"""What CAP needs to be told: who we are, and whose warnings we read."""

from pydantic import BaseModel, ConfigDict, Field

from twin.model import Mode


class CapFeed(BaseModel):
    """A feed of warnings that is read: Atom, RSS, or one CAP document.

    Attributes:
        name: as it stands beside what came from it.
        url: https or http.
        every_s: between looks.
        weather: whether its messages are a weather bureau's, which set ``weather_signal``.
        mode: in which its signals count.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    url: str = Field(pattern=r"^https?://\S+$", max_length=2000)
    every_s: float = Field(default=60.0, ge=5, le=86_400)
    weather: bool = True
    mode: Mode = Mode.ACTUAL


class CapConfig(BaseModel):
    """How our warnings are signed, and which feeds are read.

    Attributes:
        publish: whether alerts become CAP messages of their own.
        sender: of our messages; no spaces, commas, ``<`` and ``&`` (CAP 1.2, 3.2.1).
        prefix: with which our identifiers begin; as for the sender.
        sender_zh: name of the issuer.
        sender_en: its English name.
        contact: telephone or mail address for the public; may be empty.
        valid_h: hours after which a message that nobody renewed expires.
        feeds: of others.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    publish: bool = True
    sender: str = Field(default="alerts@citytwin.example", pattern=r"^[^\s,<&]+$")
    prefix: str = Field(default="citytwin", pattern=r"^[^\s,<&]+$", max_length=100)
    sender_zh: str = "城市数字孪生运行中心"
    sender_en: str = "CityTwin operations centre"
    contact: str = ""
    valid_h: float = Field(default=6.0, gt=0, le=168)
    feeds: tuple[CapFeed, ...] = ()
