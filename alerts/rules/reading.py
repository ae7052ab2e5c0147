"""From the text of a rule file to rules, or to a sentence for each of its mistakes."""

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from alerts.rules.kinds import KINDS, Rule


class RuleFileError(ValueError):
    """Rule files with mistakes. Correct every one of ``mistakes``, then save again."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(self.mistakes))


class RuleText(NamedTuple):
    """A rule file: where it comes from, and what stands in it."""

    origin: str
    text: str


class ReadRule(NamedTuple):
    """A rule and the file that it comes from."""

    rule: Rule
    origin: str


RuleSet = tuple[ReadRule, ...]
"""Rules that are judged together; their ids differ."""


class _Table(NamedTuple):
    """One ``[[rule]]`` of a file."""

    origin: str
    number: int
    fields: Mapping[str, object]

    @property
    def name(self) -> str:
        """How a sentence calls it."""
        return f"{self.origin}: rule {self.fields.get('id', self.number)!r}"


def read_rules(files: Iterable[RuleText]) -> RuleSet:
    """Return the rules of all files.

    Raises:
        RuleFileError: with all mistakes of all files.
    """
    rules: list[ReadRule] = []
    mistakes: list[str] = []
    tables = [table for file in files for table in _tables(file, mistakes)]
    for table in tables:
        _read(table, rules, mistakes)
    mistakes.extend(_doubles(tables))
    if mistakes:
        raise RuleFileError(mistakes)
    return tuple(rules)


def check(file: RuleText) -> tuple[str, ...]:
    """Return a sentence for each mistake of one file, examples that fail included."""
    try:
        read_rules([file])
    except RuleFileError as error:
        return error.mistakes
    return ()


def _tables(file: RuleText, mistakes: list[str]) -> list[_Table]:
    try:
        content = tomllib.loads(file.text)
    except tomllib.TOMLDecodeError as error:
        mistakes.append(f"{file.origin}: not TOML: {error}")
        return []
    mistakes.extend(
        f"{file.origin}: unknown field {name!r}: expected [[rule]] tables only"
        for name in content.keys() - {"rule"}
    )
    rules = content.get("rule", [])
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        mistakes.append(f"{file.origin}: rule {rules!r}: expected [[rule]] tables")
        return []
    return [_Table(file.origin, number, rule) for number, rule in enumerate(rules, start=1)]


def _read(table: _Table, rules: list[ReadRule], mistakes: list[str]) -> None:
    kind = table.fields.get("kind")
    model = KINDS.get(kind) if isinstance(kind, str) else None
    if model is None:
        mistakes.append(f"{table.name}: kind {kind!r}: expected one of {', '.join(KINDS)}")
        return
    try:
        rule = model.model_validate(table.fields)
    except ValidationError as error:
        mistakes.extend(f"{table.name}: {_sentence(detail)}" for detail in error.errors())
        return
    mistakes.extend(f"{table.name}: {mistake}" for mistake in rule.mistakes())
    rules.append(ReadRule(rule, table.origin))


def _doubles(tables: Iterable[_Table]) -> Iterator[str]:
    seen = Counter(str(table.fields["id"]) for table in tables if "id" in table.fields)
    for name, times in seen.items():
        if times > 1:
            places = ", ".join(sorted({t.origin for t in tables if t.fields.get("id") == name}))
            yield f"{places}: rule id {name!r}: given {times} times, expected once"


def _sentence(detail: ErrorDetails) -> str:
    field = ".".join(str(part) for part in detail["loc"] if part != "[key]")
    if detail["type"] == "missing":
        return f"field {field!r} is missing"
    if detail["type"] == "extra_forbidden":
        return f"unknown field {field!r}"
    if detail["type"] == "value_error":
        return f"{field}: {detail['ctx']['error']}"
    message = detail["msg"][0].lower() + detail["msg"][1:]
    return f"{field} {detail['input']!r}: {message}"
