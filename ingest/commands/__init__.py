"""Commands on their way to devices, and what devices answer."""

from ingest.commands.access import FILE, DeviceAccess
from ingest.commands.broker_link import CLIENT_ID, BrokerLink
from ingest.commands.carrier import Carrier, Handover
from ingest.commands.delivery import CommandDelivery
from ingest.commands.reports import Report, Reports
from ingest.commands.sparkplug_link import SparkplugLink
from ingest.commands.stations import StationConnections, station_carriers

__all__ = [
    "CLIENT_ID",
    "FILE",
    "BrokerLink",
    "Carrier",
    "CommandDelivery",
    "DeviceAccess",
    "Handover",
    "Report",
    "Reports",
    "SparkplugLink",
    "StationConnections",
    "station_carriers",
]
