"""What rules judged, told to metrics and log by the names of the reasons."""

import structlog

from alerts.evaluator import Judgement
from ingest import metrics

_log = structlog.get_logger()


def tell(judgement: Judgement) -> None:
    """Count the reasons of judgements that are committed; those that changed alerts are logged."""
    for reason, times in judgement.reasons.items():
        metrics.JUDGEMENTS.labels(reason).inc(times)
    if judgement.steps:
        told = {str(reason): times for reason, times in judgement.reasons.items()}
        _log.info("alerts changed", steps=len(judgement.steps), reasons=told)
