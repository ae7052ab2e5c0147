"""Codes are given once, whoever asks at the same time and whatever becomes of them."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from data.registry import (
    ChangeRefusedError,
    ChangeSet,
    CodesExhaustedError,
    EntityChange,
    Issued,
    issue_codes,
    record,
)
from twin.codes import InvalidIdentifierError

Connection = psycopg.Connection[tuple[Any, ...]]
FIRST = 4403110103000001


def test_codes_begin_at_one_and_go_on(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        assert list(issue_codes(connection, "440311", "0103", 2).codes) == [FIRST, FIRST + 1]
        assert list(issue_codes(connection, "440311", "0103", 1).codes) == [FIRST + 2]
        assert list(issue_codes(connection, "440309", "0103", 1).codes) == [4403090103000001]


def test_concurrent_callers_never_get_the_same_code(database_url: str) -> None:
    def take(_: int) -> list[int]:
        with psycopg.connect(database_url) as connection:
            return [
                code
                for _ in range(25)
                for code in issue_codes(connection, "440311", "8101", 7).codes
            ]

    with ThreadPoolExecutor(8) as pool:
        taken = [code for codes in pool.map(take, range(8)) for code in codes]
    assert len(taken) == 8 * 25 * 7
    assert len(set(taken)) == len(taken)


def test_a_code_of_a_failed_import_is_not_given_again(database_url: str) -> None:
    with psycopg.connect(database_url) as beside, psycopg.connect(database_url) as connection:
        code = issue_codes(beside, "440311", "0103", 1).codes[0]
        record(connection, ChangeSet("li", "new", "desk", [EntityChange(code, "井盖")]))
        connection.rollback()
        assert issue_codes(beside, "440311", "0103", 1).codes[0] == code + 1


def test_codes_that_came_with_their_entities_are_not_given_again(connection: Connection) -> None:
    record(connection, ChangeSet("li", "new", "desk", [EntityChange(FIRST + 41, "井盖")]))
    connection.commit()
    assert issue_codes(connection, "440311", "0103", 1).codes[0] == FIRST + 42


def test_a_class_that_runs_out_warns_first_and_then_refuses(connection: Connection) -> None:
    assert taken_until(connection, 899_998) == Issued(range(4403110103899999, 4403110103900000))
    warned = issue_codes(connection, "440311", "0103", 1)
    assert warned.warning == (
        "class 0103 in county 440311: 900,000 of 999,999 serials are given out, 99,999 are left"
    )
    assert taken_until(connection, 999_998).codes[0] == 4403110103999999
    with pytest.raises(CodesExhaustedError, match="1 codes wanted, expected at most 0"):
        issue_codes(connection, "440311", "0103", 1)


def test_a_bulk_that_does_not_fit_takes_nothing(connection: Connection) -> None:
    taken_until(connection, 999_000)
    with pytest.raises(CodesExhaustedError, match="2,000 codes wanted, expected at most 998"):
        issue_codes(connection, "440311", "0103", 2_000)
    assert issue_codes(connection, "440311", "0103", 998).codes[-1] == 4403110103999999


def test_a_first_bulk_beyond_all_serials_is_refused(connection: Connection) -> None:
    with pytest.raises(CodesExhaustedError, match="expected at most 999,999"):
        issue_codes(connection, "440311", "0103", 1_000_000)


@pytest.mark.parametrize(
    ("county", "klass", "count", "sentence"),
    [
        ("440311", "9999", 1, "class '9999': expected a row of classes.csv"),
        ("440300", "0103", 1, "county '440300': expected the six digits of a county"),
        ("440311", "0103", 0, "0 codes: expected at least 1"),
    ],
)
def test_impossible_codes_are_refused(
    connection: Connection, county: str, klass: str, count: int, sentence: str
) -> None:
    with pytest.raises(ChangeRefusedError, match=sentence):
        issue_codes(connection, county, klass, count)


def test_a_county_that_is_no_code_is_refused(connection: Connection) -> None:
    with pytest.raises(InvalidIdentifierError, match="division code"):
        issue_codes(connection, "44031", "0103", 1)


def test_codes_are_issued_outside_any_other_transaction(connection: Connection) -> None:
    connection.execute("SELECT")
    with pytest.raises(RuntimeError, match="transaction of their own"):
        issue_codes(connection, "440311", "0103", 1)


def taken_until(connection: Connection, last: int) -> Issued:
    """Say that so many serials are gone, and take one more."""
    connection.execute(
        "INSERT INTO code_serial VALUES ('440311', '0103', %s)"
        " ON CONFLICT (county, class_code) DO UPDATE SET last = excluded.last",
        (last,),
    )
    connection.commit()
    return issue_codes(connection, "440311", "0103", 1)
