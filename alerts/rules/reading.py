"""From the text of a rule file to rules, or to a sentence for each of its mistakes."""

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from alerts.rules.kinds import KINDS, Rule
from alerts.rules.unfit import shown, unfit_values

_LONGEST_SENTENCE = 600


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


class RuleTable(NamedTuple):
    """One rule as it is written.

    Attributes:
        origin: where it stands.
        number: its place there, the first is 1.
        fields: as TOML or JSON gave them.
    """

    origin: str
    number: int
    fields: Mapping[str, object]

    @property
    def name(self) -> str:
        """How a sentence calls it."""
        return f"{self.origin}: rule {shown(self.fields.get('id', self.number))}"


class Mistake(NamedTuple):
    """What is wrong with a rule.

    Attributes:
        number: of the rule among those that were read together, the first is 1.
        path: the field, with dots; empty for the rule as a whole.
        sentence: which rule, which field, what was found and what was expected.
    """

    number: int
    path: str
    sentence: str


class Examined(NamedTuple):
    """What became of tables: rules, and everything that is wrong."""

    rules: RuleSet
    mistakes: tuple[Mistake, ...]


def examine(tables: Sequence[RuleTable]) -> Examined:
    """Read rules that are to be judged together, as TOML or JSON gave them."""
    rules: list[ReadRule] = []
    mistakes: list[Mistake] = []
    for table in tables:
        rule, wrong = parse_table(table)
        if rule is not None:
            wrong = [("examples", why) for why in rule.mistakes()]
        mistakes += (Mistake(table.number, path, f"{table.name}: {why}") for path, why in wrong)
        if rule is not None:
            rules.append(ReadRule(rule, table.origin))
    return Examined(tuple(rules), (*mistakes, *_doubles(tables)))


def read_rules(files: Iterable[RuleText]) -> RuleSet:
    """Return the rules of all files.

    Raises:
        RuleFileError: with all mistakes of all files.
    """
    unread: list[str] = []
    tables = [table for file in files for table in _tables(file, unread)]
    found = examine(tables)
    mistakes = [*unread, *(mistake.sentence for mistake in found.mistakes)]
    if mistakes:
        raise RuleFileError(mistakes)
    return found.rules


def check(file: RuleText) -> tuple[str, ...]:
    """Return a sentence for each mistake of one file, examples that fail included."""
    try:
        read_rules([file])
    except RuleFileError as error:
        return error.mistakes
    return ()


def _tables(file: RuleText, mistakes: list[str]) -> list[RuleTable]:
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
    return [RuleTable(file.origin, number, rule) for number, rule in enumerate(rules, start=1)]


def parse_table(table: RuleTable) -> tuple[Rule | None, list[tuple[str, str]]]:
    """Return a rule, or field and sentence of each mistake; its examples are not tried."""
    unfit = list(unfit_values(table.fields))
    if unfit:
        return None, unfit
    kind = table.fields.get("kind")
    model = KINDS.get(kind) if isinstance(kind, str) else None
    if model is None:
        return None, [("kind", f"kind {shown(kind)}: expected one of {', '.join(KINDS)}")]
    try:
        return model.model_validate(table.fields), []
    except ValidationError as error:
        return None, [(_field(detail), _sentence(detail)) for detail in error.errors()]


def _doubles(tables: Sequence[RuleTable]) -> Iterator[Mistake]:
    seen = Counter(str(table.fields["id"]) for table in tables if "id" in table.fields)
    for name, times in seen.items():
        if times > 1:
            mine = [table for table in tables if str(table.fields.get("id")) == name]
            places = ", ".join(sorted({table.origin for table in mine}))
            sentence = f"{places}: rule id {name!r}: given {times} times, expected once"
            yield Mistake(mine[-1].number, "id", sentence)


def _field(detail: ErrorDetails) -> str:
    return ".".join(str(part) for part in detail["loc"] if part != "[key]")


def _sentence(detail: ErrorDetails) -> str:
    field = _field(detail)
    if detail["type"] == "missing":
        return f"field {field!r} is missing"
    if detail["type"] == "extra_forbidden":
        return f"unknown field {field!r}"
    if detail["type"] == "value_error":
        return f"{field}: {detail['ctx']['error']}"[:_LONGEST_SENTENCE]
    message = detail["msg"][0].lower() + detail["msg"][1:]
    return f"{field} {shown(detail['input'])}: {message}"
