"""Keeps planning and sending: woken by the store, and by the clock when something is due."""

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import structlog

from alerts.notices import WAKE_WORD as ALERTS_WAKE_WORD
from alerts.subscriptions.config import NoticeConfig
from alerts.subscriptions.mail import MailCarrier
from alerts.subscriptions.outcome import Carrier
from alerts.subscriptions.planning import WAKE_WORD, Publish, plan
from alerts.subscriptions.sending import send_one
from alerts.subscriptions.webhook import WebhookCarrier
from data.connection import StoreUnavailableError, connect

Connection = psycopg.Connection[tuple[Any, ...]]
Round = Callable[[Connection, datetime], bool]
"""Does one piece of work and says whether there is more to do at once."""

_log = structlog.get_logger(__name__)

_LOOK_SECONDS = 1.0
_SWEEP = timedelta(seconds=10)
_RETRY_SECONDS = 1.0


def carriers_of(config: NoticeConfig) -> Mapping[str, Carrier]:
    """Return who sends what, by kind of subscription."""
    webhooks = WebhookCarrier(config)
    return {
        "webhook": webhooks,
        "sms": webhooks,
        "public_address": webhooks,
        "email": MailCarrier(config.mail),
    }


def keep_planning(store_url: str, publish: Publish, stopping: threading.Event) -> None:
    """Plan until told to stop, through any loss of the store."""
    swept = datetime.min.replace(tzinfo=UTC)

    def work(connection: Connection, now: datetime) -> bool:
        nonlocal swept
        sweep = now - swept >= _SWEEP
        if sweep:
            swept = now
        return plan(connection, now, publish, sweep=sweep).more

    _keep(store_url, "citytwin planner", ALERTS_WAKE_WORD, work, stopping)


def keep_sending(store_url: str, config: NoticeConfig, stopping: threading.Event) -> None:
    """Send until told to stop, one thing at a time; several threads may do it at once."""
    carriers = carriers_of(config)
    give_up = timedelta(hours=config.give_up_hours)

    def work(connection: Connection, now: datetime) -> bool:
        return send_one(connection, carriers, now, give_up)

    _keep(store_url, "citytwin sender", WAKE_WORD, work, stopping)


def _keep(
    store_url: str, name: str, wake_word: str, work: Round, stopping: threading.Event
) -> None:
    while not stopping.is_set():
        try:
            with connect(store_url, name=name) as connection:
                _follow(connection, wake_word, work, stopping)
        except (StoreUnavailableError, psycopg.OperationalError, psycopg.InterfaceError) as error:
            _log.warning("waiting for the store", who=name, error=str(error))
            stopping.wait(_RETRY_SECONDS)


def _follow(connection: Connection, wake_word: str, work: Round, stopping: threading.Event) -> None:
    connection.autocommit = True
    connection.execute(f"LISTEN {wake_word}".encode())
    while not stopping.is_set():
        while not stopping.is_set() and work(connection, datetime.now(UTC)):
            pass
        for _ in connection.notifies(timeout=_LOOK_SECONDS, stop_after=1):
            pass
