"""``twin decode``: what captured messages mean; needs no service and no settings."""

from pathlib import Path
from typing import Annotated, Any

import typer

from twin.cli.printing import print_json, say


def decode(
    protocol: Annotated[str, typer.Argument(help="hj212, sl651, senml … (docs/ingest.md).")],
    file: Annotated[Path, typer.Argument(help="One frame a line, JSON lines, or one document.")],
    *,
    topic: Annotated[str, typer.Option(help="Of messages whose file does not say it.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
) -> None:
    """Say what captured messages mean; exit code 1 if one could not be read.

    Example: twin decode hj212 capture.txt --json
    """
    from twin.app.decoding import decode_file  # noqa: PLC0415 - read only when asked

    refused = 0
    for document in decode_file(protocol, file, topic):
        refused += document["error"] is not None
        if as_json:
            print_json(document)
        else:
            _tell(document)
    raise typer.Exit(1 if refused else 0)


def _tell(document: dict[str, Any]) -> None:
    number, device = document["message"], document["device"]
    called = f" {device['scheme']} {device['value']}" if device else ""
    typer.echo(f"message {number}{called}")
    for reading in document["readings"]:
        typer.echo("  " + _line(reading))
    for sentence in [document["error"], *document["warnings"]]:
        if sentence:
            say(f"message {number}: {sentence}")


def _line(reading: dict[str, Any]) -> str:
    device = reading.get("device")
    name = reading["native"] + (f" ({reading['channel']})" if reading["channel"] else "")
    quantity = reading["quantity"] or "-"
    value = f"{reading['value']:g} {reading['unit'] or ''}".strip()
    words = [name, quantity, value, reading["observed_at"] or "no time", reading["quality"]]
    if device:
        words.insert(0, device["value"])
    return "  ".join(words)
