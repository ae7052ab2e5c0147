"""``twin rules coverage``: which fields the shipped rules cover, and which cells are empty."""

from typing import Annotated

import typer

from twin.cli.actors import tell_all
from twin.cli.printing import print_json, say


def coverage(
    *, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
) -> None:
    """Show how many rules of each kind every field has; EMPTY where it asks for one.

    Example: twin rules coverage
    """
    from alerts import rule_coverage  # noqa: PLC0415 - read when asked
    from alerts.rule_files import shipped_rules  # noqa: PLC0415

    rules = [read.rule for read in shipped_rules()]
    covered = rule_coverage.coverage(rules)
    if as_json:
        print_json(
            {
                "kinds": list(rule_coverage.kinds()),
                "fields": [
                    {
                        **each.field._asdict(),
                        "kinds": sorted(each.field.kinds),
                        "rules": each.rules,
                        "empty": each.empty,
                    }
                    for each in covered
                ],
                "rules_without_field": rule_coverage.without_field(rules),
            }
        )
        return
    kinds = rule_coverage.kinds()
    rows = [
        {
            "domain": each.field.domain,
            "field": each.field.code,
            **{kind: each.cell(kind) for kind in kinds},
        }
        for each in covered
    ]
    tell_all(rows, ("domain", "field", *kinds), as_json=False)
    empty = sum(len(each.empty) for each in covered)
    say(f"{len(rules)} rules for {len(covered)} fields; {empty} empty cells")
