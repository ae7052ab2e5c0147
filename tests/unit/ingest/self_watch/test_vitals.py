"""What threads note of their work, and what becomes of it."""

from ingest.self_watch.vitals import Span, Vitals


def test_the_worst_of_a_span_is_told_once() -> None:
    vitals = Vitals()
    for delay_s, waiting in ((0.1, 3), (2.5, 40), (0.2, 0)):
        vitals.committed(delay_s)
        vitals.waits(waiting)
    assert vitals.take() == Span(2.5, 40)
    assert vitals.take() == Span(None, 0)


def test_a_rule_that_fails_is_to_be_looked_at_now() -> None:
    vitals = Vitals()
    assert not vitals.wanted.is_set()
    vitals.rule_failed("road", "ZeroDivisionError: by zero")
    assert vitals.wanted.is_set()
