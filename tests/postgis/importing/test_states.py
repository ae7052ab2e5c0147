"""Whatever files of a model come one after the other, the register says what the last one did."""

from typing import Any

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import Point

from data.importing import Delivery, ImportReport, read_map, run_import, take_rows
from data.registry import Issued, issue_codes
from spatial.files import FeatureTable
from tests.unit.importing.tables import X, Y, table

MAP = read_map(
    """
model = "houses"
source = "survey"
blank = "clear"
key = { scheme = "asset", column = "id" }
class = { value = "8101" }
fields = { name = "name", height_m = "height", owner = "owner" }
properties = { storeys = "storeys" }
missing = { retire = true, at_most_percent = 100 }
""",
    "map.toml",
)
ROW = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["甲", "乙", "丙"]),
        "height": st.none() | st.integers(0, 100),
        "owner": st.none() | st.sampled_from(["water", "roads"]),
        "storeys": st.none() | st.integers(1, 5),
        "east": st.integers(0, 5),
    }
)
STATE = st.dictionaries(st.sampled_from("ABCDEF"), ROW, min_size=1)
Connection = psycopg.Connection[tuple[Any, ...]]


def told(state: dict[str, dict[str, Any]]) -> FeatureTable:
    names = ("name", "height", "owner", "storeys")
    columns = {"id": list(state)} | {n: [row[n] for row in state.values()] for n in names}
    return table(columns, [Point(X + row["east"], Y) for row in state.values()])


def imported(
    connection: Connection, codes: Connection, state: dict[str, dict[str, Any]]
) -> ImportReport:
    def issue(county: str, klass: str, count: int) -> Issued:
        return issue_codes(codes, county, klass, count)

    delivery = Delivery(actor="test", file="f", digest="d", unread=[], warnings=[])
    rows = take_rows(told(state), MAP)
    report = run_import(connection, rows, MAP, delivery, issue, lambda *_: None)
    connection.commit()
    return report


def standing(connection: Connection) -> dict[str, tuple[Any, ...]]:
    return {
        key: tuple(values)
        for key, *values in connection.execute(
            "SELECT n.value, e.name, e.height_m, e.owner, e.properties, ST_X(e.geom)"
            " FROM entity e JOIN entity_name n USING (code) WHERE NOT e.retired"
        )
    }


def expected(state: dict[str, dict[str, Any]]) -> dict[str, tuple[Any, ...]]:
    return {
        key: (
            row["name"],
            row["height"],
            row["owner"] or "",
            {} if row["storeys"] is None else {"storeys": row["storeys"]},
            X + row["east"],
        )
        for key, row in state.items()
    }


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(states=st.lists(STATE, min_size=1, max_size=4))
def test_the_register_says_what_the_last_file_said(
    database_url: str, states: list[dict[str, dict[str, Any]]]
) -> None:
    with psycopg.connect(database_url) as connection, psycopg.connect(database_url) as codes:
        for state in states:
            imported(connection, codes, state)
            assert standing(connection) == expected(state)
            again = imported(connection, codes, state)
            assert again.change_set is None
            assert again.counts()["unchanged"] == len(state)
        given_out = connection.execute("SELECT count(*), count(DISTINCT code) FROM entity")
        assert len(set(given_out.fetchall()[0])) == 1
