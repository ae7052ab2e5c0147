"""What telling subscribers needs to be told: the mail server, addresses, waits and bounds."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Network = IPv4Network | IPv6Network


class MailConfig(BaseModel):
    """The server that takes our mails, by SMTP (RFC 5321).

    Attributes:
        host: name or address of the server; the SSRF guard is not for it.
        port: TCP port.
        security: ``starttls`` (RFC 3207), ``tls`` from the first byte (RFC 8314), or ``none``.
        username: for AUTH; none signs in nowhere.
        password_file: file with the password; relative to the working folder.
        sender: address that mails come from; its domain stands in their Message-ID.
        timeout_s: for each answer of the server.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str
    port: int = Field(default=587, gt=0, lt=65536)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password_file: Path | None = None
    sender: str = Field(default="citytwin@localhost", pattern=r"^[^\s<>@]+@[^\s<>@]+$")
    timeout_s: float = Field(default=20.0, gt=0, le=300)


class NoticeConfig(BaseModel):
    """How subscribers are told.

    Attributes:
        allowed_networks: private networks that webhooks may reach; none of them may without.
        timeout_s: for one request as a whole.
        senders: how many targets are written to at once.
        give_up_hours: after which a notice that nobody takes is a dead letter.
        receipt_days: how long a receiver may answer.
        public_url: where receivers reach us, for the address of receipts.
        mail: the mail server; without one, mails wait.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    allowed_networks: tuple[Network, ...] = ()
    timeout_s: float = Field(default=10.0, gt=0, le=120)
    senders: int = Field(default=4, ge=1, le=32)
    give_up_hours: float = Field(default=24.0, gt=0)
    receipt_days: float = Field(default=7.0, gt=0)
    public_url: str = Field(default="http://127.0.0.1:8080", pattern=r"^https?://[^\s]+$")
    mail: MailConfig | None = None
