"""``twin devices``: how the devices are, and which ones announced themselves."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.cli.actors import plain, tell_all
from twin.cli.printing import print_json, say

if TYPE_CHECKING:  # commands load only what they need
    from ingest.discovered_devices import DiscoveredDevice

app = typer.Typer(
    help="How the devices are, and which ones announced themselves.", no_args_is_help=True
)

_COLUMNS = ("device", "name", "state", "since", "reason")


@app.callback()
def devices() -> None:
    """How the devices are, and which ones announced themselves."""


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


@app.command()
def discovered(
    *,
    prefix: Annotated[str, typer.Option(help="Of the discovery topics.")] = "homeassistant",
    csv: Annotated[
        Path | None, typer.Option(help="Write them for twin import, with a map beside it.")
    ] = None,
    wait: Annotated[float, typer.Option(min=1, max=300, help="Seconds to listen at most.")] = 15.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the devices that announced themselves by Home Assistant's MQTT discovery.

    Example: twin devices discovered --csv found.csv
    """
    from twin.app import discovering  # noqa: PLC0415
    from twin.app import settings as app_settings  # noqa: PLC0415

    settings = app_settings.load()
    found = discovering.discover(settings, prefix, wait)
    if as_json:
        print_json({"devices": [_told(one) for one in found.devices], "problems": found.problems})
    else:
        for device in found.devices:
            _tell_discovered(device)
    for problem in found.problems:
        say(f"not read: {problem}")
    if unheard := discovering.unheard_topics(settings, found.devices):
        say(
            f"no source with decoder 'homeassistant' takes {unheard[0]!r} and"
            f" {len(unheard) - 1} more topics: add one to citytwin.toml (docs/protocols)"
        )
    if csv is not None:
        written = discovering.write_import(csv, found.devices)
        say(f"{len(found.devices)} devices: twin import {csv} --map {written} --county CODE")


def _told(device: "DiscoveredDevice") -> dict[str, Any]:
    values = [one._asdict() for one in device.values]
    return device._asdict() | {"name": device.name._asdict(), "values": values}


def _tell_discovered(device: "DiscoveredDevice") -> None:
    made = " ".join(filter(None, (device.maker, device.model)))
    typer.echo("  ".join(filter(None, (device.name.value, device.called, made))))
    for one in device.values:
        meaning = one.quantity or f"not stored: {one.why_not}"
        typer.echo(f"  {one.channel}  {one.native} {one.unit}".rstrip() + f"  {meaning}")
