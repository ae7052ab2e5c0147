"""The spool keeps what it was given, in order, through restarts and torn files, within its size."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.stations.spool import Spool, SpoolFullError, SpoolInUseError
from twin.model import Message, Mode

LIMIT = 100_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def spool(folder: Path) -> Iterator[Spool]:
    opened = open_spool(folder)
    yield opened
    opened.close()


def open_spool(folder: Path, limit: int = LIMIT) -> Spool:
    spool = Spool(folder, "river", limit, _never)
    spool.open()
    return spool


def _never(error: BaseException) -> None:
    raise AssertionError(f"the disk refused: {error}")


def message(number: int, size: int = 40, mode: Mode = Mode.ACTUAL) -> Message:
    payload = f"{number:06}".encode() * (size // 6 + 1)
    return Message("river", mode, f"hj212/river/MN{number % 3}", payload, 1_000_000 + number)


def rest_of(spool: Spool) -> list[tuple[int, Message]]:
    found = []
    while (one := spool.next()) is not None:
        found.append(one)
    return found


def test_messages_come_out_as_they_went_in(spool: Spool) -> None:
    given_in = [message(n, mode=Mode.EXERCISE if n % 2 else Mode.ACTUAL) for n in range(100)]
    assert [spool.append(one) for one in given_in] == list(range(100))
    assert rest_of(spool) == list(enumerate(given_in))


def test_what_was_not_settled_is_offered_again_with_its_first_arrival(folder: Path) -> None:
    spool = open_spool(folder)
    for n in range(50):
        spool.append(message(n))
    rest_of(spool)
    spool.settle(20)
    spool.close()

    again = open_spool(folder)
    assert rest_of(again) == [(n, message(n)) for n in range(20, 50)]
    assert again.append(message(50)) == 50
    again.close()


def test_a_torn_record_is_cut_off_and_the_next_one_follows_the_whole_ones(folder: Path) -> None:
    spool = open_spool(folder)
    for n in range(10):
        spool.append(message(n))
    spool.close()
    (file,) = folder.glob("*.records")
    with file.open("rb+") as opened:
        opened.truncate(file.stat().st_size - 7)

    again = open_spool(folder)
    assert again.append(message(99)) == 9
    assert rest_of(again) == [*((n, message(n)) for n in range(9)), (9, message(99))]
    again.close()


def test_bytes_behind_the_last_record_are_cut_off(folder: Path) -> None:
    spool = open_spool(folder)
    spool.append(message(0))
    spool.close()
    (file,) = folder.glob("*.records")
    with file.open("ab") as opened:
        opened.write(bytes(500))

    again = open_spool(folder)
    assert rest_of(again) == [(0, message(0))]
    again.close()


def test_a_damaged_file_costs_its_own_rest_only(folder: Path) -> None:
    spool = open_spool(folder)
    for n in range(400):
        spool.append(message(n))
    spool.close()
    files = sorted(folder.glob("*.records"))
    assert len(files) > 2
    damaged = bytearray(files[0].read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    files[0].write_bytes(damaged)

    again = open_spool(folder)
    numbers = [number for number, _ in rest_of(again)]
    lost = set(range(400)) - set(numbers)
    assert lost
    assert max(lost) < int(files[1].stem)
    assert numbers[-1] == 399
    again.close()


def test_a_full_spool_refuses_the_newest_and_takes_again_what_has_room(spool: Spool) -> None:
    taken = 0
    with pytest.raises(SpoolFullError):  # noqa: PT012 - how many fit is the question
        while True:
            spool.append(message(taken, size=900))
            taken += 1
    assert 80 < taken < 120
    assert spool.size <= LIMIT
    assert [number for number, _ in rest_of(spool)] == list(range(taken))
    spool.settle(taken)
    assert spool.append(message(taken, size=900)) == taken


def test_files_that_are_settled_vanish(folder: Path) -> None:
    spool = open_spool(folder)
    for n in range(1000):
        spool.append(message(n))
        rest_of(spool)
        spool.settle(n + 1)
    spool.close()
    assert sum(file.stat().st_size for file in folder.glob("*.records")) < LIMIT // 8


def test_a_lost_mark_offers_more_and_loses_nothing(folder: Path) -> None:
    spool = open_spool(folder)
    for n in range(20):
        spool.append(message(n))
    rest_of(spool)
    spool.settle(10)
    spool.close()
    (folder / "mark").write_bytes(b"\1\2\3")

    again = open_spool(folder)
    assert rest_of(again) == [(n, message(n)) for n in range(20)]
    again.close()


def test_two_processes_do_not_share_a_spool(spool: Spool, folder: Path) -> None:
    assert spool.end == 0
    with pytest.raises(SpoolInUseError, match="expected no other process"):
        open_spool(folder)


def test_a_long_record_is_read_across_the_chunks_of_its_file(folder: Path) -> None:
    spool = open_spool(folder, limit=64 << 20)
    given_in = [message(n, size=700_000) for n in range(5)]
    for one in given_in:
        spool.append(one)
    assert [found for _, found in rest_of(spool)] == given_in
    spool.close()


deeds = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(1, 3000)),
        st.tuples(st.just("read"), st.integers(1, 20)),
        st.tuples(st.just("settle"), st.integers(1, 20)),
        st.tuples(st.just("reopen"), st.just(0)),
    ),
    max_size=60,
)


@given(deeds)
def test_whatever_happens_the_unsettled_come_in_order_and_none_is_lost(
    told: list[tuple[str, int]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        spool = open_spool(Path(folder))
        kept: list[Message] = []
        settled = read = 0
        for deed, amount in told:
            match deed:
                case "append" if spool.size + 3200 < LIMIT:
                    assert spool.append(message(len(kept), amount)) == len(kept)
                    kept.append(message(len(kept), amount))
                case "read":
                    for _ in range(amount):
                        expected = (read, kept[read]) if read < len(kept) else None
                        assert spool.next() == expected
                        read += expected is not None
                case "settle":
                    settled = min(read, settled + amount)
                    spool.settle(settled)
                case "reopen":
                    spool.close()
                    spool = open_spool(Path(folder))
                    read = settled
        assert [found for _, found in rest_of(spool)] == kept[read:]
        spool.close()
