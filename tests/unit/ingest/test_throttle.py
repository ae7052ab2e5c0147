"""Who sends far too much for long is throttled; a burst or a backlog is taken whole."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.batch import Parcel
from ingest.inbox import Fates, Received
from ingest.throttle import Limits, Throttle
from twin.model import Decoded, Message, Mode, Name, Reading

NOON_US = 1_779_336_000_000_000
SECOND_US = 1_000_000
FAST, SLOW = "citytwin/v1/fast/telemetry", "citytwin/v1/slow/telemetry"
DEVICE = Name("code", "4403118501000001")
LIMITS = Limits(rate=10, after_s=3, burst=1000)


class Nowhere:
    """An origin that nobody waits for."""

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def confirm(self, done: object, fates: Fates) -> None: ...


def at(second: float, topic: str = FAST, source: str = "telemetry") -> Received:
    received_us = NOON_US + round(second * SECOND_US)
    return Received("json", Message(source, Mode.ACTUAL, topic, b"{}", received_us), Nowhere())


def every(rate: int, seconds: int, begin: int = 0, topic: str = FAST) -> list[Received]:
    """So many messages a second, evenly."""
    return [at(begin + number / rate, topic) for number in range(rate * seconds)]


def refused_of(throttle: Throttle, messages: list[Received], batch: int = 7) -> list[int]:
    """The positions of what is refused when messages come in batches."""
    found: list[int] = []
    for begin in range(0, len(messages), batch):
        found += [begin + position for position in throttle.refuse(messages[begin : begin + batch])]
    return found


def test_a_burst_as_fast_as_a_client_can_send_is_taken_whole() -> None:
    throttle = Throttle(Limits())
    assert refused_of(throttle, every(13_333, 3), batch=2000) == []


def test_a_sender_is_throttled_after_so_many_seconds_above_its_rate() -> None:
    refused = refused_of(Throttle(LIMITS), every(100, 6))
    assert refused[0] >= 300
    assert len(refused) in range(300 - 4 * 10, 300 - 2 * 10)


def test_a_clock_that_is_set_back_refuses_no_more_than_before_and_sets_free_in_time() -> None:
    throttle = Throttle(LIMITS)
    throttle.listen(at(5).message.received_us, connected=True, caught_up=True)
    assert len(refused_of(throttle, every(100, 6))) > 200
    throttle.listen(at(-3600).message.received_us, connected=True, caught_up=True)
    assert len(refused_of(throttle, every(100, 2, begin=-3600))) in range(150, 190)
    assert len(refused_of(throttle, every(5, 12, begin=-3598))) <= 1
    assert throttle.throttled() == []


def test_what_waited_on_disk_and_arrived_long_before_frees_nobody() -> None:
    throttle = Throttle(LIMITS)
    mixed = every(100, 6)
    for n in range(0, 600, 50):
        mixed.insert(n, at(n / 100 - 3600, SLOW))
    assert len(refused_of(throttle, mixed)) in range(300 - 4 * 10, 300 - 2 * 10)


def test_one_second_at_its_rate_begins_the_count_anew() -> None:
    messages = every(100, 2) + every(10, 1, begin=2) + every(100, 2, begin=3)
    assert refused_of(Throttle(LIMITS), messages) == []


def test_a_second_without_messages_begins_the_count_anew() -> None:
    messages = every(100, 2) + every(100, 2, begin=3) + every(100, 2, begin=6)
    assert refused_of(Throttle(LIMITS), messages) == []


def test_more_than_a_burst_is_throttled_at_once() -> None:
    refused = refused_of(Throttle(LIMITS), every(900, 3))
    assert refused[0] >= 1800


def test_others_are_never_refused() -> None:
    mixed = sorted(
        every(100, 10) + every(1, 10, topic=SLOW), key=lambda one: one.message.received_us
    )
    refused = refused_of(Throttle(LIMITS), mixed)
    assert {mixed[position].message.topic for position in refused} == {FAST}


def test_who_is_calm_for_ten_seconds_is_free_again() -> None:
    throttle = Throttle(LIMITS)
    refused_of(throttle, every(100, 5))
    assert [one.sender for one in throttle.throttled()] == [("telemetry", FAST)]
    assert refused_of(throttle, every(10, 10, begin=5)) == []
    throttle.tick(NOON_US + 15 * SECOND_US)
    assert throttle.throttled() == []
    assert refused_of(throttle, every(100, 2, begin=16)) == []


def test_who_is_silent_is_free_again_without_a_message() -> None:
    throttle = Throttle(LIMITS)
    refused_of(throttle, every(100, 5))
    throttle.tick(NOON_US + 10 * SECOND_US)
    assert throttle.throttled()
    throttle.tick(NOON_US + 16 * SECOND_US)
    assert not throttle.throttled()


def test_a_gateway_has_the_rate_of_its_source() -> None:
    throttle = Throttle(LIMITS._replace(rate_of={"telemetry": 200, "unlimited": 0}))
    assert refused_of(throttle, every(150, 10)) == []
    assert refused_of(throttle, [at(20 + n / 500, source="unlimited") for n in range(5000)]) == []
    assert refused_of(throttle, every(300, 10, begin=40))


def test_without_a_limit_nobody_is_refused() -> None:
    assert refused_of(Throttle(LIMITS._replace(rate=0)), every(500, 10)) == []


def test_what_waited_while_we_were_away_is_taken_whole() -> None:
    throttle = Throttle(LIMITS)
    throttle.resume(NOON_US - 3600 * SECOND_US)
    throttle.listen(NOON_US, connected=True, caught_up=False)
    assert refused_of(throttle, every(1000, 20)) == []
    assert refused_of(throttle, every(1000, 20, begin=20))


def test_a_minute_after_that_the_limits_are_the_usual_ones() -> None:
    throttle = Throttle(LIMITS)
    throttle.resume(NOON_US - 3600 * SECOND_US)
    for second in range(62):
        throttle.listen(NOON_US + second * SECOND_US, connected=True, caught_up=True)
    assert refused_of(throttle, every(100, 6, begin=62))


def test_what_is_refused_counts_for_the_device_that_the_messages_name() -> None:
    throttle = Throttle(LIMITS)
    refused_of(throttle, every(100, 4))
    reading = Reading(DEVICE, "level", 1.0, NOON_US)
    throttle.learn([Parcel(at(4).message, Decoded(readings=[reading]))])
    (one,) = throttle.throttled()
    assert one.names == (DEVICE,)
    assert "expected at most 10 a second" in one.reason
    (refused, *_) = throttle.refuse(every(1000, 1, begin=4)).values()
    assert refused.refusal.speaker == DEVICE
    assert not refused.refusal.readings


@given(st.integers(1, 400), st.integers(1, 400))
def test_how_messages_are_cut_into_batches_makes_no_difference(one: int, other: int) -> None:
    messages = every(60, 9)
    assert refused_of(Throttle(LIMITS), messages, one) == refused_of(
        Throttle(LIMITS), messages, other
    )


def test_nothing_is_remembered_of_senders_that_are_not_too_fast() -> None:
    throttle = Throttle(LIMITS)
    for second in range(5):
        throttle.refuse([at(second, topic=f"{second}/{n}") for n in range(1000)])
    assert len(throttle._counts) == 1000
    assert not throttle._runs
