"""What the web service needs to be told."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, model_validator


class SignInConfig(BaseModel):
    """When guessing passwords ends.

    Attributes:
        failures: in a row, after which an account is locked.
        locked_s: how long it is, and how far apart failures are no longer in a row.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    failures: int = Field(default=5, ge=1, le=100)
    locked_s: float = Field(default=900.0, gt=0, le=86_400)


class HandlingConfig(BaseModel):
    """How long alerts may be kept quiet by people.

    Attributes:
        longest_shelf_h: how far ahead a shelf may end, hours.
        longest_silence_d: how long a silence or maintenance may last, days.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    longest_shelf_h: float = Field(default=24.0, gt=0, le=168)
    longest_silence_d: float = Field(default=31.0, gt=0, le=366)


class WebConfig(BaseModel):
    """Address, rights and sizes of the web service.

    Attributes:
        host: address to bind to.
        port: TCP port to bind to.
        anonymous_role: what a caller without credentials may do.
        district_zh: name of the district, as the map shows it.
        district_en: its English name.
        public_url: the address that browsers use where a proxy stands before us.
        pool_min: connections to the store that are always open; a new one costs as much as ten
            requests, at the worst time.
        pool_max: connections to the store at most.
        pool_wait_s: how long a request waits for a connection.
        statement_s: how long one query may take.
        sign_in: when guessing passwords ends.
        handling: how long alerts may be kept quiet.
        readings_wait_s: how long a request that hands readings in waits for their commit.
        ingest_silent_s: after how long without a sign of life ingest is taken for dead.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: int = Field(default=8080, gt=0, lt=65536)
    anonymous_role: Literal["viewer", "operator"] = "viewer"
    district_zh: str = "光明区"
    district_en: str = "Guangming District"
    public_url: HttpUrl | None = None
    pool_min: int = Field(default=8, ge=1)
    pool_max: int = Field(default=8, ge=1)
    pool_wait_s: float = Field(default=5.0, gt=0)
    statement_s: float = Field(default=10.0, gt=0)
    sign_in: SignInConfig = SignInConfig()
    handling: HandlingConfig = HandlingConfig()
    readings_wait_s: float = Field(default=30.0, gt=0)
    ingest_silent_s: float = Field(default=30.0, gt=0)

    @model_validator(mode="after")
    def _pool_has_room(self) -> Self:
        if self.pool_max < self.pool_min:
            raise ValueError(
                f"pool_max {self.pool_max}: expected at least pool_min {self.pool_min}"
            )
        return self
