"""docs/rules.md mentions every kind and field that a rule file can have."""

from pathlib import Path

import pytest

from alerts.rules import KINDS, RuleText, check
from alerts.rules.example import Example, VideoExample

GUIDE = (Path(__file__).parents[3] / "docs" / "rules.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_a_kind_is_in_the_guide(kind: str) -> None:
    assert f"`{kind}`" in GUIDE
    fields = [
        *KINDS[kind].model_fields,
        *Example.model_fields,
        *VideoExample.model_fields,
    ]
    assert [field for field in fields if f"`{field}`" not in GUIDE] == []


def test_the_worked_example_of_the_guide_is_sound() -> None:
    examples = [part.split("```")[0] for part in GUIDE.split("```toml\n")[1:]]
    assert len(examples) >= 2
    for text in examples:
        assert check(RuleText("docs/rules.md", text)) == ()
