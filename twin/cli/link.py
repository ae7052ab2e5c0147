"""``twin link``: what devices belong to; found, listed, explained, fixed, released."""

from typing import Annotated, Any

import typer

from twin.cli.actors import shown, tell_all
from twin.cli.printing import print_json, say
from twin.cli.shape_file import FormOption, OutOption, destination

app = typer.Typer(help="What sensors and cameras belong to.", no_args_is_help=True)

CodeArgument = Annotated[str, typer.Argument(help="Code of the device, bare or as printed.")]
RelationOption = Annotated[
    str | None,
    typer.Option(help="Kind of relation; the one that its class must have if absent."),
]
ReasonOption = Annotated[str, typer.Option(help="Why; it is kept.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_LIST = ("device", "relation", "target", "target_name", "method", "distance_m", "confidence")
_CANDIDATES = ("taken", "relation", "target", "target_name", "distance_m", "rule", "sentence")


@app.command()
def run(
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Look at all devices, not only where something changed.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Link devices to what they belong to, where something changed since the last run.

    Example: twin link run --all --dry-run
    """
    from twin.app import linking  # noqa: PLC0415 - read only when asked
    from twin.app import settings as app_settings  # noqa: PLC0415

    done = linking.run(app_settings.load(), everything=everything, dry_run=dry_run)
    _tell_run(linking.run_document(done), as_json=as_json)


@app.command()
def status(*, as_json: JsonOption = False) -> None:
    """Say how far links follow the register, and whether a process lets them.

    Example: twin link status
    """
    from twin.app import linking  # noqa: PLC0415
    from twin.app import settings as app_settings  # noqa: PLC0415
    from twin.cli.registry_tables import plain  # noqa: PLC0415

    found = linking.status(app_settings.load())
    if as_json:
        print_json(plain(found))
        return
    say(f"links are known up to change set {found['reached']:,} of {found['newest']:,}")
    say(
        f"{found['behind']:,} change sets and {found['due']:,} devices wait, "
        f"since {found['lag_s']:,.0f} s"
    )
    if found["set_aside"]:
        say(f"{found['set_aside']:,} of these could not be linked; twin link run says why")
    if not found["followed"]:
        say("nothing follows the register: start twin ingest, or twin link run by hand")


@app.command("list")
def list_links(  # noqa: PLR0913 - each an option of the command
    *,
    entity: Annotated[str | None, typer.Option(help="Code of a device or of an object.")] = None,
    relation: Annotated[str | None, typer.Option(help="Kind of relation.")] = None,
    method: Annotated[
        str | None, typer.Option(help="inside, nearest, at, covers, 'by a person', 'by name'.")
    ] = None,
    below: Annotated[
        float | None, typer.Option(min=0, max=1, help="Links that are less sure than this.")
    ] = None,
    most: Annotated[int, typer.Option(min=1, help="How many, the oldest first.")] = 20,
    out: OutOption = None,
    form: FormOption = None,
    as_json: JsonOption = False,
) -> None:
    """List links that stand; as a file of features, lines to what devices belong to.

    Example: twin link list --below 0.3 --out unsure.geojson
    """
    from data.links import Wanted  # noqa: PLC0415
    from data.links import list_links as listed  # noqa: PLC0415
    from data.links.drawing import drawn_links  # noqa: PLC0415
    from twin.app import linking  # noqa: PLC0415
    from twin.app import settings as app_settings  # noqa: PLC0415

    code = None if entity is None else linking.parse(entity)
    wanted = Wanted(entity=code, relation=relation, method=method, below=below)
    to = destination(out, form)
    with linking.linking_store(app_settings.load()) as store:
        if to is not None:
            to.write(drawn_links(store, wanted, most), key="id")
        tell_all(listed(store, wanted, most), _LIST, as_json=as_json)


@app.command()
def explain(code: CodeArgument, *, as_json: JsonOption = False) -> None:
    """Say why a device is linked as it is: what was looked at, by which rule, who fixed it.

    Example: twin link explain 440311-8501-000001-8
    """
    from data.links import as_document, explain_links  # noqa: PLC0415
    from twin.app import linking  # noqa: PLC0415
    from twin.app import settings as app_settings  # noqa: PLC0415
    from twin.cli.registry_tables import plain  # noqa: PLC0415

    device = linking.parse(code)
    with linking.linking_store(app_settings.load()) as store:
        found = as_document(explain_links(store, device))
    if as_json:
        print_json(plain(found))
    else:
        _tell_explanation(found)


@app.command()
def fix(
    code: CodeArgument,
    *,
    to: Annotated[str | None, typer.Option("--to", help="Code of the object.")] = None,
    none: Annotated[bool, typer.Option("--none", help="To none of these.")] = False,
    relation: RelationOption = None,
    reason: ReasonOption,
    as_json: JsonOption = False,
) -> None:
    """Link a device to one object, or to nothing, until it is released.

    Example: twin link fix 440311-8501-000001-8 --to 4403118202000003 --reason 'seen on the bank'
    """
    from twin.app import linking  # noqa: PLC0415
    from twin.app import settings as app_settings  # noqa: PLC0415

    if (to is None) != none:
        say("twin: expected --to with a code, or --none, one of both")
        raise typer.Exit(2)
    done = linking.fix_link(app_settings.load(), code, relation, to, reason)
    _tell_run(linking.run_document(done), as_json=as_json)


@app.command()
def release(
    code: CodeArgument,
    *,
    relation: RelationOption = None,
    reason: ReasonOption,
    as_json: JsonOption = False,
) -> None:
    """Let linking decide again about a link that a person fixed.

    Example: twin link release 440311-8501-000001-8 --reason 'the gauge was moved'
    """
    from twin.app import linking  # noqa: PLC0415
    from twin.app import settings as app_settings  # noqa: PLC0415

    done = linking.release_link(app_settings.load(), code, relation, reason)
    _tell_run(linking.run_document(done), as_json=as_json)


def _tell_run(document: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(document)
        return
    if not any(document[name] for name in ("added", "ended", "described", "reasons")):
        say(f"{document['devices']:,} devices looked at, nothing changes")
        return
    say(
        f"{document['devices']:,} devices looked at, {document['links']:,} links: "
        f"{document['added']:,} added, {document['ended']:,} ended, "
        f"{document['reasons']:,} reasons changed"
    )


def _tell_explanation(found: dict[str, Any]) -> None:
    retired = ", retired" if found["retired"] else ""
    typer.echo(f"{found['device']}  {found['name']} ({found['class_name']}{retired})")
    if found["inside"]:
        inside = ", ".join(one["target_name"] or one["class_name"] for one in found["inside"])
        typer.echo(f"    stands in {inside}")
    for link in found["links"]:
        how = f"{link['method']}, confidence {shown(link['confidence'])}"
        typer.echo(f"    {link['relation']} {link['target']} {link['target_name']}")
        typer.echo(f"        {link['reason']}; {how}, since {shown(link['since'])}")
    for row in found["unlinked"]:
        typer.echo(f"    {row['relation'] or 'no link'}: {row['reason']}")
    for row in found["fixes"]:
        target = row["target"] or "none of these"
        typer.echo(
            f"    fixed: {row['relation']} {target}, by {row['actor']} at {shown(row['at'])}: "
            f"{row['reason']}"
        )
    if found["candidates"]:
        typer.echo()
        tell_all(found["candidates"], _CANDIDATES, as_json=False)
