"""The running parts as things of the register: made once, found again, left alone."""

from data.own_parts import PARTS, SCHEME, make_own_parts, own_parts
from data.registry.lifecycle import Author, retire
from tests.postgis.self_watch.conftest import Connection


def test_a_part_is_made_once_and_found_again_by_its_name(district: Connection) -> None:
    made = make_own_parts(district)
    assert set(made) == set(PARTS)
    assert {str(code)[:10] for code in made.values()} == {"4403118901"}
    assert make_own_parts(district) == own_parts(district) == made
    query = b"SELECT count(*) FROM entity_name WHERE scheme = %s"
    assert district.execute(query, [SCHEME]).fetchall() == [(len(PARTS),)]


def test_a_register_without_a_county_gets_none(store: Connection) -> None:
    before = store.execute(b"SELECT count(*) FROM entity").fetchall()
    assert make_own_parts(store) == {}
    assert store.execute(b"SELECT count(*) FROM entity").fetchall() == before


def test_a_part_that_was_retired_is_not_made_again(district: Connection) -> None:
    made = make_own_parts(district)
    with district.transaction():
        retire(district, Author("test", "no web service here", "test"), [made["web"]])
    left = {name: code for name, code in made.items() if name != "web"}
    assert make_own_parts(district) == left
