"""What every rule has, and the fields whose words come from the reference tables."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from data.reference import alert_domains, entity_classes, quantities
from data.reference.rule_fields import rule_fields


class RulePart(BaseModel):
    """A table of a rule file: frozen, and it refuses fields that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _known_domain(code: str) -> str:
    if code not in alert_domains():
        raise ValueError(f"domain {code!r}: expected one of {', '.join(alert_domains())}")
    return code


def _known_class(code: str) -> str:
    if code not in entity_classes():
        raise ValueError(f"entity class {code!r}: expected four digits of classes.csv, e.g. '8402'")
    return code


def _known_quantity(code: str) -> str:
    if code not in quantities():
        raise ValueError(
            f"quantity {code!r}: expected one of quantities.csv, e.g. 'level' or 'depth'"
        )
    return code


def _known_field(code: str) -> str:
    if code not in rule_fields():
        raise ValueError(f"field {code!r}: expected one of rule_fields.csv, e.g. 'rain'")
    return code


Domain = Annotated[str, AfterValidator(_known_domain)]
FieldCode = Annotated[str, AfterValidator(_known_field)]
EntityClassCode = Annotated[str, AfterValidator(_known_class)]
QuantityCode = Annotated[str, AfterValidator(_known_quantity)]
RuleId = Annotated[str, Field(pattern=r"^[a-z0-9]+([-_][a-z0-9]+)*$", max_length=60)]
Words = Annotated[str, Field(min_length=1)]


class RuleHead(RulePart):
    """The fields that rules of every kind have.

    Attributes:
        id: the rule's name for life.
        version: grows with every change of content.
        domain: a row of ``alert_domains.csv``.
        field: a row of ``rule_fields.csv``, which ``twin rules coverage`` lists it under.
        entity_classes: the things that it is for; None for any.
        modes: the modes in which it judges; None for all that are judged.
        title_zh: what is wrong, in a few words, for people.
        title_en: the same in English.
        source: the document that the limits come from.
        standing: how much weight that document gives them.
    """

    id: RuleId
    version: Annotated[int, Field(ge=1, le=2_147_483_647)]
    domain: Domain
    field: FieldCode | None = None
    entity_classes: list[EntityClassCode] | None = None
    modes: list[Literal["actual", "exercise", "replay"]] | None = None
    title_zh: Words
    title_en: Words
    source: Words
    standing: Literal["standard", "practice", "project default"]

    @property
    def actor(self) -> str:
        """Who acts, in the history of an alert."""
        return f"rule {self.id}@{self.version}"

    def is_for(self, entity_class: str) -> bool:
        """Return whether things of the class fall under it."""
        return self.entity_classes is None or entity_class in self.entity_classes

    def judges(self, mode: str) -> bool:
        """Return whether it judges what comes in the mode."""
        return self.modes is None or mode in self.modes
