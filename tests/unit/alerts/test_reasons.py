"""Every reason is given by some judgement, and every judgement's reason is counted."""

import re
from pathlib import Path

import pytest

from alerts.rules import Reason

ALERTS = Path(__file__).parents[3] / "alerts"
GIVEN = {
    name
    for path in ALERTS.rglob("*.py")
    if path.name != "reason.py"
    for name in re.findall(r"\bReason\.([A-Z_]+)", path.read_text(encoding="utf-8"))
}


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_given_somewhere(reason: Reason) -> None:
    assert reason.name in GIVEN


def test_no_two_reasons_have_the_same_words() -> None:
    assert len({str(reason) for reason in Reason}) == len(Reason)
