"""The commands; each does one thing and ends with 0, or with one sentence and 1 or 2."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from twin.app import settings as app_settings
from twin.app.failures import BAD_INPUT, EXPECTED
from twin.cli import (
    alerts,
    cap,
    code,
    crs,
    decode,
    deliveries,
    device_types,
    devices,
    importing,
    incidents,
    ingest,
    issue,
    label,
    link,
    orders,
    parked,
    people,
    readings,
    registry,
    roads,
    rules,
    siting,
    trace,
    trace_land,
)
from twin.cli.printing import print_json, say

app = typer.Typer(
    help="CityTwin: the digital twin of a city district.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
code.app.command()(issue.issue)
code.app.command()(label.label)
trace.app.command()(trace_land.catchment)
trace.app.command()(trace_land.isolation)
app.command("import")(importing.import_file)
app.command()(decode.decode)
app.add_typer(registry.app, name="registry")
app.add_typer(crs.app, name="crs")
trace.app.command()(siting.site)
app.add_typer(trace.app, name="trace")
app.add_typer(roads.app, name="roads")
app.add_typer(code.app, name="code")
app.add_typer(device_types.app, name="device-types")
app.add_typer(ingest.app, name="ingest")
app.add_typer(devices.app, name="devices")
app.add_typer(parked.app, name="parked")
app.add_typer(link.app, name="link")
app.add_typer(orders.app, name="command")
app.add_typer(deliveries.app, name="deliveries")
app.add_typer(cap.app, name="cap")
app.add_typer(readings.app, name="readings")
app.add_typer(rules.app, name="rules")
app.add_typer(alerts.app, name="alerts")
app.add_typer(incidents.app, name="incidents")
app.add_typer(people.user_app, name="user")
app.add_typer(people.key_app, name="key")

SizeOption = Annotated[int, typer.Option(help="About how many entities the demo district has.")]
FullOption = Annotated[bool, typer.Option("--full", help="The full district: 300,000 entities.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def main() -> None:
    """Run the command line; a failure becomes one sentence and exit code 1, wrong input 2."""
    try:
        app()
    except BAD_INPUT as error:
        say(f"twin: {error}")
        sys.exit(2)
    except EXPECTED as error:
        say(f"twin: {error}")
        sys.exit(1)


@app.command()
def up(
    *,
    demo: Annotated[
        bool, typer.Option("--demo", help="Load the demo district and run its storm.")
    ] = False,
    full: FullOption = False,
    size: SizeOption = 30_000,
    speed: Annotated[float, typer.Option(help="How fast the demo's storm runs.")] = 40.0,
) -> None:
    """Start ingest and web, stay until Ctrl-C, and stop them.

    Example: twin up --demo --size 5000
    """
    from twin.app.up import run_up  # noqa: PLC0415 - commands load only what they need

    run_up(app_settings.load(), _demo_size(full=full, size=size) if demo else None, speed, say)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to bind to.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to bind to.")] = None,
    anonymous: Annotated[
        str | None, typer.Option(help="What who does not sign in may be: viewer or operator.")
    ] = None,
) -> None:
    """Run the web service: map, API and live stream.

    Example: twin serve --port 8080
    """
    from twin.app import logs  # noqa: PLC0415
    from twin.app.serving import run_web  # noqa: PLC0415

    logs.set_up(json_lines=not sys.stderr.isatty())
    run_web(app_settings.load(), host=host, port=port, anonymous=anonymous)


@app.command()
def migrate(
    *,
    crs: Annotated[
        int | None,
        typer.Option(help="EPSG code of the district's projected CRS, while the store is empty."),
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Load the demo district too.")] = False,
    full: FullOption = False,
    size: SizeOption = 30_000,
) -> None:
    """Bring the store to the newest version of its tables.

    Example: twin migrate
    """
    from data.migrations import migrate as bring_up  # noqa: PLC0415
    from twin.app.registering import set_up_district  # noqa: PLC0415

    settings = app_settings.load()
    bring_up(settings.store_url)
    if crs is not None:
        set_up_district(settings, crs)
    say("store is up to date")
    if demo:
        from twin.app.demo import load_demo  # noqa: PLC0415

        load_demo(settings, _demo_size(full=full, size=size), say)


@app.command(hidden=True)
def storm(*, full: FullOption = False, size: SizeOption = 30_000, speed: float = 40.0) -> None:
    """Send the demo's storm through the broker; ``twin up --demo`` runs this."""
    from twin.app import logs  # noqa: PLC0415
    from twin.app.demo import load_demo, run_storm  # noqa: PLC0415

    logs.set_up(json_lines=True)
    settings = app_settings.load()
    district = load_demo(settings, _demo_size(full=full, size=size), say)
    for minute in run_storm(settings, district, speed):
        say(f"storm minute {minute}")


@app.command()
def replay(
    files: Annotated[list[Path], typer.Argument(help="Recorded series, CSV or TSV, in order.")],
    *,
    mapping: Annotated[
        Path, typer.Option("--map", help="TOML file that says what the columns mean.")
    ],
    rule: Annotated[Path | None, typer.Option(help="Rules to judge the replay by.")] = None,
    speed: Annotated[
        float | None, typer.Option(help="Times as fast as recorded; as fast as it goes if absent.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Send recorded series through the broker in mode replay, judged by the clock of their data.

    Example: twin replay 20140208.tsv --map docs/examples/replay/ea_flood_2014.toml
    """
    from twin.app.replaying import run_replay  # noqa: PLC0415

    report = run_replay(app_settings.load(), files, mapping, rule, speed)
    if as_json:
        print_json(report.as_dict())
    else:
        say(report.as_text())
    raise typer.Exit(1 if report.refused else 0)


@app.command()
def status(*, as_json: JsonOption = False) -> None:
    """Say where everything is and what is wrong; exit code 1 if something is.

    Example: twin status --json
    """
    from twin.app.checking import status as find_status  # noqa: PLC0415

    found = find_status(app_settings.load_running())
    if as_json:
        print_json(found)
    else:
        for name in ("http", "live", "database", "credentials_file"):
            print(f"{name:17} {found[name]}")  # noqa: T201
        mqtt = found["mqtt"]
        print(f"{'mqtt':17} {mqtt['host']}:{mqtt['port']} as {mqtt['username']}")  # noqa: T201
        for problem in found["problems"] or ["healthy"]:
            print(problem)  # noqa: T201
    raise typer.Exit(0 if found["healthy"] else 1)


def _demo_size(*, full: bool, size: int) -> int:
    return 300_000 if full else size
