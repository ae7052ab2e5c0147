"""``twin devices``: how the devices are."""

from typing import Annotated

import typer

from twin.cli.actors import plain, tell_all
from twin.cli.printing import print_json, say

app = typer.Typer(help="How the devices are.", no_args_is_help=True)

_COLUMNS = ("device", "name", "state", "since", "reason")


@app.callback()
def devices() -> None:
    """How the devices are."""


@app.command()
def states(
    *,
    state: Annotated[
        str | None, typer.Option(help="Those of one state, e.g. silent or 'clock wrong'.")
    ] = None,
    most: Annotated[int, typer.Option(min=1, help="How many, in the order of codes.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say how many devices are in each state, and list them.

    Example: twin devices states --state silent
    """
    from data.connection import connect  # noqa: PLC0415 - commands load only what they need
    from data.device_listing import count_states, list_states  # noqa: PLC0415
    from data.device_states import DeviceState  # noqa: PLC0415
    from twin.app import settings as app_settings  # noqa: PLC0415

    if state is not None and state not in set(DeviceState):
        say(f"twin: state {state!r}: expected one of {', '.join(DeviceState)}")
        raise typer.Exit(2)
    with connect(app_settings.load().store_url, name="citytwin command line") as store:
        counts = count_states(store)
        listed = [one._asdict() for one in list_states(store, state=state, most=most)]
    if as_json:
        print_json({"counts": counts, "devices": [plain(one) for one in listed]})
        return
    tell_all(
        [{"state": name, "devices": count} for name, count in counts.items()],
        ("state", "devices"),
        as_json=False,
    )
    typer.echo()
    tell_all(listed, _COLUMNS, as_json=False)
