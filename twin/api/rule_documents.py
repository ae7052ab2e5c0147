"""Rules as the API shows and takes them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from alerts.rules import KINDS
from data.reference import alert_domains
from data.reference.rule_fields import rule_fields
from twin.api.parameters import SearchText, key_of

RuleState = Literal["in force", "withdrawn"]
Origin = Literal["shipped", "saved"]
KindName = Annotated[str, key_of(KINDS), WithJsonSchema({"type": "string", "enum": list(KINDS)})]
FieldCode = Annotated[
    str,
    key_of(rule_fields()),
    WithJsonSchema({"type": "string", "enum": list(rule_fields())}),
]

_TABLE: Mapping[str, Any] = {
    "type": "object",
    "title": "RuleTable",
    "description": "The fields of a [[rule]] table of a rule file, as docs/rules.md has them",
    "required": ["id", "version", "kind", "domain", "title_zh", "title_en", "source", "standing"],
    "properties": {
        "id": {"type": "string", "pattern": "^[a-z0-9]+([-_][a-z0-9]+)*$", "maxLength": 60},
        "version": {"type": "integer", "minimum": 1, "maximum": 2_147_483_647},
        "kind": {"type": "string", "enum": list(KINDS)},
        "domain": {"type": "string", "enum": list(alert_domains())},
        "title_zh": {"type": "string", "minLength": 1},
        "title_en": {"type": "string", "minLength": 1},
        "source": {"type": "string", "minLength": 1},
        "standing": {"type": "string", "enum": ["standard", "practice", "project default"]},
    },
    "examples": [
        {
            "id": "underpass-depth",
            "version": 1,
            "kind": "level",
            "domain": "flood",
            "quantity": "depth",
            "direction": "above",
            "levels": {"yellow": 0.15, "red": {"property": "closing_depth_m"}},
            "hold": "2min",
            "title_zh": "下穿通道积水",
            "title_en": "water in the underpass",
            "source": "operating manual of the underpass, 2024",
            "standing": "practice",
        }
    ],
}
RuleTableBody = Annotated[dict[str, Any], WithJsonSchema(dict(_TABLE))]


class RuleItem(BaseModel):
    """A rule in a list."""

    id: str
    version: int = Field(description="the one that counts")
    state: RuleState
    kind: str | None
    domain: str | None
    field: str | None
    entity_classes: list[str] | None = Field(description="null for any")
    title_zh: str | None
    title_en: str | None
    source: str | None
    standing: str | None
    origin: Origin
    file: str | None = Field(description="of a shipped rule")
    changed_by: str
    changed_at: datetime
    reason: str = Field(description="why it was last changed")
    open_alerts: int
    fault: str | None = Field(
        description="why this version of the program cannot read it; it then judges nothing"
    )


class RuleList(BaseModel):
    """Rules in the order of their ids."""

    items: list[RuleItem]
    next: str | None


class RuleVersionItem(BaseModel):
    """A version in the history of a rule."""

    version: int
    origin: Origin
    file: str | None
    recorded_at: datetime
    actor: str | None
    reason: str | None
    address: str | None = Field(description="of the network; shown to who may write rules")


class RuleChange(BaseModel):
    """What was done to a rule."""

    action: Literal["shipped", "saved", "withdrawn", "restored"]
    version: int
    actor: str
    reason: str
    address: str | None = Field(description="of the network; shown to who may write rules")
    at: datetime


class RuleDocument(RuleItem):
    """A rule with its body in the form of a rule file, its versions and its history."""

    body: dict[str, Any] = Field(description="as a [[rule]] table of a rule file has it")
    versions: list[RuleVersionItem] = Field(description="the newest first")
    changes: list[RuleChange] = Field(description="the newest first, at most 1000")

    @classmethod
    def of(cls, row: Mapping[str, Any], *, with_address: bool) -> "RuleDocument":
        """Return a rule; who may not write rules does not see from where others did."""
        found = cls.model_validate(row)
        if not with_address:
            for version in found.versions:
                version.address = None
            for change in found.changes:
                change.address = None
        return found


class RuleVersionDocument(BaseModel):
    """A version of a rule, whether it counts or not."""

    id: str
    version: int
    in_force: bool
    origin: Origin
    file: str | None
    digest: str = Field(description="SHA-256 of all that it says; examples and field left out")
    recorded_at: datetime
    body: dict[str, Any] = Field(description="as a [[rule]] table of a rule file has it")
    fault: str | None


class WithReason(BaseModel):
    """Why a rule is withdrawn or restored; with ``version`` only if that one still counts."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reason: SearchText
    version: int | None = Field(default=None, ge=1, le=2_147_483_647)


class RulesToCheck(BaseModel):
    """Rules that are to be checked together."""

    model_config = ConfigDict(extra="forbid", strict=True)

    rules: list[dict[str, Any]] = Field(
        max_length=1000, description="as [[rule]] tables of rule files have them, right or wrong"
    )


class RuleMistake(BaseModel):
    """One mistake."""

    rule: int = Field(description="place in the list, the first is 0")
    path: str = Field(description="of the field in the body, e.g. rules.0.levels.orange")
    sentence: str


class CheckedRules(BaseModel):
    """What a check came to; nothing is saved."""

    rules: list[str] = Field(description="ids of those without a mistake")
    mistakes: list[RuleMistake]
