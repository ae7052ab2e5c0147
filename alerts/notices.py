"""Notices: what leaves the house about an alert, and to which topic."""

from collections.abc import Mapping

CHANNEL = "mqtt"
WAKE_WORD = "citytwin_alerts"
"""The database channel of the empty notification after changes to alerts."""


def topic_of(alert: Mapping[str, object]) -> str:
    """Return the topic of a notice about an alert's document; the mode is its second segment.

    Only ``actual`` alerts have the plain topic, so that nobody takes an exercise for the city.
    """
    realm = "citytwin" if alert["mode"] == "actual" else f"citytwin/{alert['mode']}"
    return f"{realm}/v1/alerts/{alert['level']}/{alert['entity']}"
