"""The counters of this process as plain numbers."""

from prometheus_client import Counter

from ingest import metrics


def total(counter: Counter) -> int:
    """Return what a counter has counted under all its labels."""
    samples = (sample for family in counter.collect() for sample in family.samples)
    return int(sum(one.value for one in samples if one.name.endswith("_total")))


def totals() -> dict[str, int]:
    """Return what ingest has counted since its start: messages, and readings newly stored."""
    return {
        "received": total(metrics.RECEIVED),
        "stored": total(metrics.STORED),
        "parked": total(metrics.PARKED),
        "refused": total(metrics.REFUSED),
    }
