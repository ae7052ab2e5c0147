"""Rule files on disk and in the package: where rules come from."""

from collections.abc import Iterable
from pathlib import Path

from alerts.rules import RuleSet, RuleText, read_rules
from data.reference import rules_folder


def shipped_rules() -> RuleSet:
    """Return the rules of ``data/reference/rules``.

    Raises:
        RuleFileError: with all mistakes of all files.
    """
    files = sorted(rules_folder().iterdir(), key=lambda file: file.name)
    return read_rules(
        RuleText(file.name, file.read_text(encoding="utf-8"))
        for file in files
        if file.name.endswith(".toml")
    )


def rules_from(paths: Iterable[Path]) -> RuleSet:
    """Return the rules of the files.

    Raises:
        RuleFileError: with all mistakes of all files.
        OSError: a file cannot be read.
    """
    return read_rules(RuleText(path.name, path.read_text(encoding="utf-8")) for path in paths)
