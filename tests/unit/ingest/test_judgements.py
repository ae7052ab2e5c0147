"""What rules judged reaches metrics and log by the names of its reasons."""

from collections import Counter
from typing import Any

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from alerts.evaluator import Judgement
from alerts.extremes import Watched
from alerts.judging import by_clock
from alerts.ladders import Passed
from alerts.latches import LatchTable
from alerts.memory import Memory
from alerts.rules import Reason
from alerts.run import Run
from alerts.together_watch import Standing
from ingest.judgements import tell


def judgement(reasons: dict[Reason, int], steps: list[Any]) -> Judgement:
    moved = by_clock(LatchTable(), 0)
    passed = Passed(moved, moved.latches, None, ())
    run, watched = Run(Memory(), 0), Watched({}, {})
    return Judgement([], steps, Counter(reasons), (), {}, run, passed, Standing(), watched)


def counted(reason: Reason) -> float:
    return REGISTRY.get_sample_value("citytwin_judgements_total", {"reason": str(reason)}) or 0.0


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_a_label_of_the_metric(reason: Reason) -> None:
    before = counted(reason)
    tell(judgement({reason: 3}, []))
    assert counted(reason) == before + 3


def test_what_changed_alerts_is_logged_with_its_reasons() -> None:
    with capture_logs() as logs:
        tell(judgement({Reason.UNRELIABLE: 9}, []))
        tell(judgement({Reason.AT_OR_ABOVE: 1, Reason.UNCONFIRMED: 1}, [None, None]))
    assert logs == [
        {
            "event": "alerts changed",
            "log_level": "info",
            "steps": 2,
            "reasons": {str(Reason.AT_OR_ABOVE): 1, str(Reason.UNCONFIRMED): 1},
        }
    ]
