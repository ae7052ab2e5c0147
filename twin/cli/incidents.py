"""``twin incidents``: incidents, their alerts and what happened to them."""

from typing import Annotated

import typer

from twin.cli.actors import tell_all
from twin.cli.printing import print_json, say

app = typer.Typer(help="Incidents: alerts of one cause, place and time.", no_args_is_help=True)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_LIST = (
    "id",
    "level",
    "state",
    "alerts",
    "standing",
    "began_at",
    "title_zh",
    "department",
    "owner",
)
_MEMBERS = ("alert", "role", "level", "state", "entity_name", "reason")
_STEPS = ("at", "event", "level", "actor", "reason", "note")


@app.command("list")
def list_incidents(
    *,
    state: Annotated[str, typer.Option(help="living, open, ended or closed.")] = "living",
    level: Annotated[str | None, typer.Option(help="blue, yellow, orange or red.")] = None,
    domain: Annotated[str | None, typer.Option(help="e.g. flood.")] = None,
    mode: Annotated[str, typer.Option(help="actual, exercise or replay.")] = "actual",
    most: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List incidents, the newest first.

    Example: twin incidents list --level red
    """
    from alerts.incidents.listing import IncidentFilters  # noqa: PLC0415 - read only when asked
    from twin.app import incident_desk  # noqa: PLC0415
    from twin.app import settings as app_settings  # noqa: PLC0415

    filters = IncidentFilters(state, level, domain, mode)
    found = incident_desk.listed(app_settings.load().store_url, filters, most)
    tell_all(found, _LIST, as_json=as_json)


@app.command()
def show(
    number: Annotated[int, typer.Argument(help="Number of the incident.")],
    *,
    as_json: JsonOption = False,
) -> None:
    """Show an incident with its alerts and its timeline.

    Example: twin incidents show 17
    """
    from twin.app import incident_desk  # noqa: PLC0415
    from twin.app import settings as app_settings  # noqa: PLC0415

    found = incident_desk.shown(app_settings.load().store_url, number)
    if as_json:
        print_json(found)
        return
    tell_all([found], _LIST, as_json=False)
    say("")
    tell_all(found["members"], _MEMBERS, as_json=False)
    say("")
    tell_all(found["timeline"], _STEPS, as_json=False)
