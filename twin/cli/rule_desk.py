"""``twin rules show|save|withdraw|restore``: the rules of the store."""

from pathlib import Path
from typing import Annotated, Any

import typer

from twin.cli.actors import plain, shown, tell_all
from twin.cli.printing import print_json, say

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
RuleArgument = Annotated[str, typer.Argument(help="Id of the rule.", show_default=False)]
ReasonOption = Annotated[str, typer.Option(help="Why.", show_default=False)]

_CHANGES = ("at", "action", "version", "actor", "reason")


def show(
    rule: RuleArgument,
    *,
    version: Annotated[
        int | None, typer.Option(min=1, help="That version; the one that counts if absent.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show a rule of the store with what was done to it, or one version of it.

    Example: twin rules show river-level
    """
    from twin.app import rule_desk  # noqa: PLC0415 - loads what it needs
    from twin.app import settings as app_settings  # noqa: PLC0415

    _tell(rule_desk.shown(app_settings.load().store_url, rule, version), as_json=as_json)


def save(
    files: Annotated[list[Path], typer.Argument(help="Rule files.", show_default=False)],
    *,
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Put the rules of files into force: new ones, and next versions of known ones.

    Example: twin rules save my-rules.toml --reason "agreed with the river office"
    """
    from twin.app import rule_desk  # noqa: PLC0415
    from twin.app import settings as app_settings  # noqa: PLC0415

    done = rule_desk.saved(app_settings.load().store_url, files, reason)
    if as_json:
        print_json(done._asdict())
    else:
        say(f"{len(done.saved)} rules saved, {len(done.unchanged)} are as they were")


def withdraw(rule: RuleArgument, *, reason: ReasonOption, as_json: JsonOption = False) -> None:
    """Take a rule out of force; its open alerts are closed.

    Example: twin rules withdraw river-level --reason "the gauge is being moved"
    """
    from twin.app import rule_desk  # noqa: PLC0415
    from twin.app import settings as app_settings  # noqa: PLC0415

    done = rule_desk.withdrawn(app_settings.load().store_url, rule, reason)
    _tell(done, as_json=as_json)


def restore(rule: RuleArgument, *, reason: ReasonOption, as_json: JsonOption = False) -> None:
    """Put a withdrawn rule back into force.

    Example: twin rules restore river-level --reason "the gauge stands again"
    """
    from twin.app import rule_desk  # noqa: PLC0415
    from twin.app import settings as app_settings  # noqa: PLC0415

    done = rule_desk.restored(app_settings.load().store_url, rule, reason)
    _tell(done, as_json=as_json)


def _tell(found: dict[str, Any], *, as_json: bool) -> None:
    versions = [plain(row) for row in found.pop("versions", [])]
    changes = found.pop("changes", [])
    if as_json:
        rest = {"versions": versions, "changes": [plain(row) for row in changes]}
        print_json(plain(found) | (rest if versions else {}))
        return
    for name, value in found.items():
        if name != "body":
            typer.echo(f"{name:16} {shown(value)}".rstrip())
    typer.echo()
    for name, value in found["body"].items():
        if name != "examples":
            typer.echo(f"{name:16} {value}")
    if changes:
        typer.echo()
        tell_all(changes, _CHANGES, as_json=False)
