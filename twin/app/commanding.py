"""Wires the thread of the ingest process that sends commands."""

import threading
from collections.abc import Sequence

from ingest.commands import (
    FILE,
    BrokerLink,
    CommandDelivery,
    DeviceAccess,
    Reports,
    SparkplugLink,
    StationConnections,
    station_carriers,
)
from ingest.decoders import SPARKPLUG
from ingest.runner import Runner
from twin.app.settings import Settings


def command_thread(
    settings: Settings, stations: Sequence[StationConnections], runner: Runner
) -> threading.Thread:
    """Return the thread, which is not started; whatever ends it unasked ends the process.

    Args:
        settings: of the store, the broker and the stations' passwords.
        stations: servers that are not started yet.
        runner: says when to stop.
    """
    reports = Reports()
    account = settings.accounts["ingest"]
    access = DeviceAccess(settings.state_dir / "secrets" / FILE)
    delivery = CommandDelivery(
        settings.store_url,
        [BrokerLink(account, reports), SparkplugLink(account, SPARKPLUG.sessions, reports)],
        station_carriers(stations, access, reports),
        reports,
    )

    def work() -> None:
        try:
            delivery.run(runner.stopping, settings.ingest.retry_seconds)
        except BaseException as error:
            # Whatever it was, ingest ends with it: a thread that dies unseen sends nothing.
            runner.fail(error)
            raise

    return threading.Thread(target=work, name="commands", daemon=True)
