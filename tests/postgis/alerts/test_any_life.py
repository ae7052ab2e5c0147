"""Whatever readings and people do in whatever order, the books are right."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.handling.moves import MOVES, IllegalTransitionError
from alerts.people import transition
from alerts.states import HANDLED, STATES, State
from tests.postgis.alerts.acting import LI, run_on, wish
from tests.postgis.alerts.desk import Desk
from tests.unit.alerts.ruling import Row, batch_of

VALUES = (0.0, 0.2, 0.3, 0.5)
DEEDS = st.lists(
    st.sampled_from(VALUES) | st.sampled_from(STATES) | st.none(), min_size=8, max_size=24
)
OWN_TABLES = (
    "outbox", "alert_transition", "alert", "rule_state", "rule_interval", "observation",
    "series_latest",
)  # fmt: skip
HISTORIES = """
SELECT a.id, a.state, a.version, a.occurrences, a.cleared_at IS NULL AS stands, a.level,
       array_agg(t.event ORDER BY t.id), array_agg(t.from_state ORDER BY t.id),
       array_agg(t.to_state ORDER BY t.id), array_agg(t.actor ORDER BY t.id)
FROM alert a JOIN alert_transition t ON t.alert_id = a.id GROUP BY a.id ORDER BY a.id
"""


@settings(
    max_examples=12, deadline=None, database=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(deeds=DEEDS)
def test_one_open_alert_legal_moves_only_and_a_history_that_adds_up(
    desk: Desk, database_url: str, deeds: list[float | State | None]
) -> None:
    for table in OWN_TABLES:
        desk.connection.execute(f"DELETE FROM {table}".encode())  # noqa: S608 -- our own tables
    desk.connection.commit()
    desk.restart()
    value = 0.0
    for minute, deed in enumerate(deeds):
        if isinstance(deed, float):
            value = deed
            desk.take(batch_of([Row(minute, value)]))
        elif deed is None:
            desk.tick(minute)
        else:
            try_move(desk, database_url, deed)
        check_books(desk, value)


def try_move(desk: Desk, url: str, to: State) -> None:
    """Bring the newest alert somewhere; the table alone says whether that may be."""
    newest = desk.ask("SELECT id, state, version, cleared_at FROM alert ORDER BY id DESC LIMIT 1")
    if not newest:
        return
    number, state, version, cleared_at = newest[0]
    # Assigning it to whom it is assigned to, and giving back what is over, are refused besides.
    legal = to in MOVES[state] and not (to == "acknowledged" and cleared_at)
    if state == to == "assigned":
        legal = desk.ask("SELECT assignee FROM alert WHERE id = %s", [number]) != [("wang",)]
    assert moved(url, number, to, version) == legal


def moved(url: str, alert: int, to: State, version: int) -> bool:
    try:
        run_on(url, lambda c: transition(c, alert, wish(to, version=version), LI))
    except IllegalTransitionError:
        return False
    return True


def check_books(desk: Desk, value: float) -> None:
    histories = desk.ask(HISTORIES)
    standing = [row for row in histories if row[1] not in ("cleared", "closed")]
    assert len(standing) <= 1
    for history in histories:
        check_history(*history)
    if not histories or histories[-1][1] == "closed":
        return
    _, state, _, _, stands, *_ = histories[-1]
    assert stands == (value >= 0.15)
    assert stands or state == "cleared" or state in HANDLED


def check_history(*row: Any) -> None:  # noqa: ANN401 -- of psycopg
    _, state, version, occurrences, _, _, events, before, after, actors = row
    assert (events[0], before[0], after[0]) == ("raised", None, "raised")
    assert before[1:] == after[:-1]
    assert after[-1] == state
    assert version == len(events)
    again = [
        event == "recurred" or (event == "returned" and actor.startswith("rule "))
        for event, actor in zip(events, actors, strict=True)
    ]
    assert occurrences == 1 + sum(again)
