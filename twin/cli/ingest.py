"""``twin ingest``: the ingest process, and what it would make of one message."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from twin.app import settings as app_settings
from twin.cli.printing import print_json, say

_MOST_CHARS = 100

app = typer.Typer(help="Take readings and events from the broker, store and judge them.")


@app.callback(invoke_without_command=True)
def ingest(
    context: typer.Context,
    *,
    self_watch: Annotated[
        bool, typer.Option(help="Store readings about the system itself, if the settings say so.")
    ] = True,
) -> None:
    """Take readings and events from the broker, store and judge them.

    Example: twin ingest
    """
    if context.invoked_subcommand is not None:
        return
    from twin.app import logs  # noqa: PLC0415 - commands load only what they need
    from twin.app.ingesting import run_ingest  # noqa: PLC0415

    logs.set_up(json_lines=not sys.stderr.isatty())
    settings = app_settings.load()
    run_ingest(settings if self_watch else app_settings.without_self_watch(settings))


@app.command("try")
def try_message(
    topic: Annotated[str, typer.Argument(help="Topic of the message.")],
    payload: Annotated[str, typer.Argument(help="Its text, or @FILE with its bytes.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show step by step what would become of a message; nothing is stored.

    Exit code 1 if it would be parked or left out, be it in part.

    Example: twin ingest try zigbee2mqtt/kitchen '{"temperature": 21.5}'
    """
    from twin.app.trying import try_message as tried  # noqa: PLC0415

    sent = Path(payload[1:]).read_bytes() if payload.startswith("@") else os.fsencode(payload)
    told = tried(app_settings.load(), topic, sent)
    if as_json:
        print_json(told)
    else:
        _tell(told)
    raise typer.Exit(1 if told["parked"] or told["left_out"] else 0)


def _tell(told: dict[str, Any]) -> None:
    if told["left_out"]:
        say(told["left_out"])
        return
    source = told["source"]
    typer.echo(f"source    {source['name']}, decoder {source['decoder']}, mode {source['mode']}")
    for step in told["steps"]:
        _tell_step(step)
    if told["native"]:
        typer.echo(f"it says   {', '.join(told['native'])}")
    for reading in told["readings"]:
        _tell_reading(reading)
    for event in told["events"]:
        typer.echo(f"event     {event['topic']} of {_called(event['camera'])}")
    for sentence in told["parked"]:
        say(f"parked    {sentence}")


def _tell_step(step: dict[str, Any]) -> None:
    place = f"row {step['row']}, " if step["row"] else ""
    gave = json.dumps(step["gave"], ensure_ascii=False)
    typer.echo(f"step      {place}{step['field']}: {step['expression']} gave {gave[:_MOST_CHARS]}")


def _tell_reading(reading: dict[str, Any]) -> None:
    qualifiers = " ".join(
        str(word)
        for word in (reading["channel"], reading["statistic"], reading["period_s"])
        if word
    )
    at = reading["observed_at"] or "its arrival"
    raw = "" if reading["value"] == reading["raw_value"] else f", {reading['raw_value']:g} as sent"
    checks = f" ({', '.join(reading['checks'])})" if reading["checks"] else ""
    typer.echo(
        f"reading   {reading['quantity']} {reading['value']:g} {reading['unit']} ({qualifiers})"
        f"{raw} at {at}, {reading['quality']}{checks}"
    )
    typer.echo(f"  device  {_called(reading['device'])}")
    if reading["entity"]:
        entity = reading["entity"]
        typer.echo(f"  of      {entity['printed']} {entity['name']}, series {reading['series']}")


def _called(device: dict[str, Any]) -> str:
    known = device["registered"]
    if not known:
        return f"{device['scheme']} {device['value']}: not in the register"
    kind = f", type {device['device_type']}" if device["device_type"] else ""
    problem = f" ({device['settings_problem']})" if device["settings_problem"] else ""
    return (
        f"{device['scheme']} {device['value']}: {known['printed']} {known['name']}{kind}{problem}"
    )
