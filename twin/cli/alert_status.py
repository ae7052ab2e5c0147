"""``twin alerts status``: at which level things stand, that they are clear, or unknown."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from twin.cli.actors import tell_all
from twin.cli.printing import print_json, say

_COLUMNS = ("entity", "entity_name", "domain", "state", "since", "why")

EntityOption = Annotated[list[str] | None, typer.Option(help="Code of a thing; more than once.")]


def status(
    *,
    entity: EntityOption = None,
    area: Annotated[str | None, typer.Option(help="Code of an area that things touch.")] = None,
    domain: Annotated[str | None, typer.Option(help="e.g. flood.")] = None,
    state: Annotated[
        str | None, typer.Option(help="red, orange, yellow, blue, unknown or clear.")
    ] = None,
    most: Annotated[int, typer.Option(min=1, help="How many, by their codes.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what is known of things: a level, clear, or unknown.

    Example: twin alerts status --domain flood --state unknown
    """
    from alerts.knowing.status import Scope  # noqa: PLC0415 - loads what it needs
    from twin.app import alert_desk  # noqa: PLC0415
    from twin.app import settings as app_settings  # noqa: PLC0415
    from twin.codes import EntityCode  # noqa: PLC0415

    entities = [int(EntityCode.parse_printed(text)) for text in entity] if entity else None
    where = None if area is None else int(EntityCode.parse_printed(area))
    scope = Scope(entities, where, domain, state)
    found = alert_desk.known(app_settings.load().store_url, scope, most, datetime.now(UTC))
    if as_json:
        print_json({"counts": found.counts, "items": found.items})
        return
    tell_all(found.items, _COLUMNS, as_json=False)
    for name, counted in found.counts.items():
        told = ", ".join(f"{things} {which}" for which, things in counted.items() if things)
        say(f"{name}: {told}")
