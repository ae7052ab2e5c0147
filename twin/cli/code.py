"""``twin code``: judging and explaining identifiers; needs no service and no settings."""

from typing import Annotated, Any

import typer

from twin.cli.printing import print_json, say

app = typer.Typer(help="Check and explain identifiers.", no_args_is_help=True)

SchemeOption = Annotated[
    str,
    typer.Option(help="Kind of identifier: code, ifc, gb28181, hj212, house … (docs/codes.md)."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def check(
    values: Annotated[list[str], typer.Argument(help="Identifiers as they were typed.")],
    *,
    scheme: SchemeOption = "code",
    as_json: JsonOption = False,
) -> None:
    """Say whether identifiers are well formed; exit code 2 if one is not.

    Example: twin code check 440311-0103-000127-9 --json
    """
    judged = [_judged(scheme, value) for value in values]
    if as_json:
        print_json(judged)
    else:
        for found in judged:
            _tell(found)
    raise typer.Exit(0 if all(found["valid"] for found in judged) else 2)


@app.command()
def explain(
    value: Annotated[str, typer.Argument(help="Identifier as it was typed.")],
    *,
    scheme: SchemeOption = "code",
    as_json: JsonOption = False,
) -> None:
    """Say what each part of an identifier means; exit code 2 if it is not well formed.

    Example: twin code explain 4403110103000127
    """
    found = _judged(scheme, value)
    if found["valid"]:
        found["parts"] = _parts(scheme, value)
    if as_json:
        print_json(found)
    else:
        _tell(found)
        for part in found.get("parts", []):
            typer.echo(f"{part['name']:12} {part['value']:16} {part['meaning']}".rstrip())
    raise typer.Exit(0 if found["valid"] else 2)


def _judged(scheme: str, value: str) -> dict[str, Any]:
    from data.reference.explaining import warnings_about  # noqa: PLC0415 - read only when asked
    from twin.codes import InvalidIdentifierError, parse_in  # noqa: PLC0415

    # A terminal can hand over bytes that are no UTF-8; they cannot be printed back as they came.
    typed = value.encode("utf-8", "backslashreplace").decode()
    judged: dict[str, Any] = {"value": typed, "scheme": scheme, "valid": False}
    judged |= {"canonical": None, "printed": None, "warnings": [], "error": None}
    try:
        identifier = parse_in(scheme, value)
    except InvalidIdentifierError as error:
        return judged | {"error": str(error)}
    warnings = list(warnings_about(identifier))
    judged |= {"valid": True, "canonical": str(identifier), "warnings": warnings}
    return judged | {"printed": _printed(identifier)}


def _printed(identifier: object) -> str:
    from twin.codes import EntityCode  # noqa: PLC0415

    return identifier.printed() if isinstance(identifier, EntityCode) else str(identifier)


def _parts(scheme: str, value: str) -> list[dict[str, str]]:
    from data.reference.explaining import parts_of  # noqa: PLC0415
    from twin.codes import parse_in  # noqa: PLC0415

    return [part._asdict() for part in parts_of(parse_in(scheme, value))]


def _tell(judged: dict[str, Any]) -> None:
    if not judged["valid"]:
        say(judged["error"])
        return
    both = dict.fromkeys((judged["canonical"], judged["printed"]))
    typer.echo("  ".join(both))
    for warning in judged["warnings"]:
        say(f"{judged['canonical']}: {warning}")
