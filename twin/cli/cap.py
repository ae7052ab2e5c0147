"""``twin cap``: CAP messages of others, read and perhaps kept."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twin.cli.actors import tell_all
from twin.cli.printing import print_json, say

if TYPE_CHECKING:  # commands load only what they need
    from alerts.cap.index import Index
    from alerts.cap.message import CapMessage

app = typer.Typer(help="Warnings of others as CAP messages.", no_args_is_help=True)

_COLUMNS = ("identifier", "sender", "sent", "status", "msg_type", "event", "level", "remarks")
_LEVELS = ("", "blue", "yellow", "orange", "red")


@app.callback()
def group() -> None:
    """Keep ``read`` a command of its own, for others will follow."""


@app.command()
def read(
    source: Annotated[str, typer.Argument(help="A file, or an address; - is standard input.")],
    *,
    keep: Annotated[bool, typer.Option("--keep", help="Put what was read into the store.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Read CAP messages from a file or feed, and say what they warn of.

    Example: twin cap read rainstorm.xml
    """
    index = _index(source)
    messages = index.messages
    kept = _keep(messages, source) if keep else None
    if as_json:
        shown = [_document(one) for one in messages]
        print_json({"messages": shown, "links": index.links, "faults": index.faults, "kept": kept})
    else:
        tell_all([_row(one) for one in messages], _COLUMNS, as_json=False)
        for link in index.links:
            say(f"names {link}")
        for fault in index.faults:
            say(f"not read: {fault}")
    raise typer.Exit(1 if index.faults else 0)


def _index(source: str) -> "Index":
    from alerts.cap.fetching import FetchError, fetch  # noqa: PLC0415 - read only when asked
    from alerts.cap.index import read_index  # noqa: PLC0415
    from alerts.cap.message import LONGEST, CapError  # noqa: PLC0415

    try:
        if source.startswith(("http://", "https://")):
            return read_index(fetch(source, _allowed()), source)
        if source == "-":
            return read_index(sys.stdin.buffer.read(LONGEST + 1), "")
        with Path(source).open("rb") as file:
            return read_index(file.read(LONGEST + 1), "")
    except CapError as error:
        say(f"twin: {source}: {error}")
        raise typer.Exit(2) from None
    except (FetchError, OSError) as error:
        say(f"twin: {error}")
        raise typer.Exit(1) from None


def _allowed() -> tuple[Any, ...]:
    """Return the private networks of the settings; none where there are no services."""
    from twin.app import settings as app_settings  # noqa: PLC0415

    try:
        return app_settings.load().notices.allowed_networks
    except app_settings.SettingsError:
        return ()


def _keep(messages: "list[CapMessage]", source: str) -> int:
    from alerts.cap.polling import keep_all  # noqa: PLC0415
    from data.connection import connect  # noqa: PLC0415
    from twin.app import settings as app_settings  # noqa: PLC0415
    from twin.model import Mode  # noqa: PLC0415

    with connect(app_settings.load().store_url, name="citytwin command line") as connection:
        return keep_all(connection, messages, source, Mode.ACTUAL, datetime.now(UTC))


def _row(message: "CapMessage") -> dict[str, Any]:
    level = max((signal.level for signal in message.signals), default=0)
    return {
        "identifier": message.identifier,
        "sender": message.sender,
        "sent": message.sent.isoformat(),
        "status": message.status,
        "msg_type": message.msg_type,
        "event": next((signal.event for signal in message.signals), ""),
        "level": _LEVELS[level],
        "remarks": "; ".join(message.remarks),
    }


def _document(message: "CapMessage") -> dict[str, Any]:
    from shapely.geometry import mapping  # noqa: PLC0415

    signals = [
        signal._asdict()
        | {
            "begins_at": signal.begins_at.isoformat(),
            "expires_at": signal.expires_at.isoformat(),
            "area": None if signal.area is None else mapping(signal.area),
        }
        for signal in message.signals
    ]
    return {
        **_row(message),
        "references": message.references,
        "headline": message.headline,
        "remarks": message.remarks,
        "signals": signals,
    }
