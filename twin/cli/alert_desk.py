"""``twin alerts list|show|precision``: alerts, their history, and how often they were right."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from twin.cli.actors import plain, shown, tell_all
from twin.cli.printing import print_json

if TYPE_CHECKING:  # commands load only what they need
    from alerts.handling.precision import By

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_TIMES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]
_LIST = ("id", "level", "state", "quiet", "raised_at", "entity_name", "title_zh", "assignee")
_STEPS = ("at", "event", "level", "actor", "reason", "note")
_PRECISION = ("key", "confirmed", "false", "duplicate", "test", "waiting", "precision")


class Grouping(StrEnum):
    """By what precision is counted."""

    RULE = "rule"
    SOURCE = "source"
    DEVICE = "device"
    ALGORITHM = "algorithm"
    DOMAIN = "domain"


def list_alerts(
    *,
    state: Annotated[str, typer.Option(help="open, not_closed, or one state.")] = "not_closed",
    level: Annotated[str | None, typer.Option(help="blue, yellow, orange or red.")] = None,
    domain: Annotated[str | None, typer.Option(help="e.g. flood.")] = None,
    mode: Annotated[str, typer.Option(help="actual, exercise or replay.")] = "actual",
    most: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List alerts, the newest first.

    Example: twin alerts list --state open --level red
    """
    from alerts.listing import AlertFilters  # noqa: PLC0415 - read only when asked
    from twin.app import alert_desk  # noqa: PLC0415
    from twin.app import settings as app_settings  # noqa: PLC0415

    filters = AlertFilters(state=state, level=level, domain=domain, mode=mode)
    found = alert_desk.listed(app_settings.load().store_url, filters, most)
    tell_all(found, _LIST, as_json=as_json)


def show(
    number: Annotated[int, typer.Argument(help="Number of the alert.")],
    *,
    as_json: JsonOption = False,
) -> None:
    """Show an alert with its history.

    Example: twin alerts show 17
    """
    from twin.app import alert_desk  # noqa: PLC0415
    from twin.app import settings as app_settings  # noqa: PLC0415

    found = alert_desk.shown(app_settings.load().store_url, number)
    history = found.pop("history")
    if as_json:
        print_json({**found, "history": [plain(step) for step in history]})
        return
    for name, value in found.items():
        typer.echo(f"{name:16} {shown(value)}".rstrip())
    typer.echo()
    tell_all(history, _STEPS, as_json=False)


def precision(
    *,
    by: Annotated[Grouping, typer.Option(help="By what it is counted.")] = Grouping.RULE,
    begin: Annotated[
        datetime | None, typer.Option("--from", formats=_TIMES, help="Raised from then on.")
    ] = None,
    end: Annotated[
        datetime | None, typer.Option("--to", formats=_TIMES, help="Raised before then.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say how often alerts were right: confirmed by confirmed and false.

    Example: twin alerts precision --by device --from 2026-05-01
    """
    from twin.app import alert_desk  # noqa: PLC0415
    from twin.app import settings as app_settings  # noqa: PLC0415

    grouping: By = by.value
    store_url = app_settings.load().store_url
    counted = alert_desk.precision(store_url, grouping, _aware(begin), _aware(end))
    tell_all(counted, _PRECISION, as_json=as_json)


def _aware(told: datetime | None) -> datetime | None:
    """Return a time as the city's where it has no offset."""
    from twin.app.registry import LOCAL  # noqa: PLC0415

    return told.replace(tzinfo=LOCAL) if told and not told.tzinfo else told
