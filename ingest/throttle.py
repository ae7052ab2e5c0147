"""A limit for each sender, so that one faulty device cannot drown the others."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from types import MappingProxyType
from typing import Final, NamedTuple

from ingest import metrics
from ingest.batch import Parcel, Refused
from ingest.config import PipelineConfig, SourceConfig
from ingest.inbox import Received
from twin.model import Fault, FaultReason, Message, Name

_SECOND_US: Final = 1_000_000
_CALM_SECONDS: Final = 10
_MISSED_US: Final = 10 * _SECOND_US
_SETTLED_US: Final = 60 * _SECOND_US
_MOST_NAMES: Final = 100
_SET_BACK_US: Final = 2 * _SECOND_US

Sender = tuple[str, str]
"""The source and the topic of messages: known before anything is decoded."""

_message = itemgetter(Received._fields.index("message"))
_sender = itemgetter(0, 2)
_received_us = itemgetter(4)


class Limits(NamedTuple):
    """When a sender is too fast.

    Attributes:
        rate: messages/s that everybody may send, 0 for no limit.
        after_s: above that in each of so many seconds, a sender is throttled.
        burst: or after so many messages in fewer such seconds.
        rate_of: rates of sources that have their own, as of gateways.
    """

    rate: int = 50
    after_s: int = 20
    burst: int = 50_000
    rate_of: Mapping[str, int] = MappingProxyType({})


def limits_of(config: PipelineConfig, sources: Iterable[SourceConfig]) -> Limits:
    """Return the limits that the settings say."""
    rate_of = {
        source.name: source.device_rate_per_s
        for source in sources
        if source.device_rate_per_s is not None
    }
    return Limits(config.device_rate_per_s, config.throttle_after_s, config.throttle_burst, rate_of)


class Throttled(NamedTuple):
    """A sender that is throttled now.

    Attributes:
        sender: source and topic.
        names: of the devices that its messages named, the first one counts what is refused.
        reason: a sentence.
    """

    sender: Sender
    names: tuple[Name, ...]
    reason: str


@dataclass(slots=True)
class _Run:
    """Seconds in a row in which a sender was too fast."""

    seconds: int = 0
    messages: int = 0


@dataclass(slots=True)
class Limited:
    """A throttled sender: a bucket that holds one second's worth of messages.

    Attributes:
        refusal: what becomes of its messages, as far as is known whose they are.
    """

    rate: int
    reason: str
    credit_us: int
    filled_us: int
    refusal: Refused
    names: dict[Name, None] = field(default_factory=dict)
    calm_s: int = 0

    def takes(self, received_us: int) -> bool:
        """Whether a message may pass; each one costs what the rate gives it of a second."""
        passed = max(0, received_us - self.filled_us)
        self.filled_us += passed
        self.credit_us = min(_SECOND_US, self.credit_us + passed)
        cost = _SECOND_US // self.rate
        if self.credit_us < cost:
            return False
        self.credit_us -= cost
        return True


class Throttle:
    """Counts messages by sender and second, and says which are refused.

    Time is that of the messages. Nothing is remembered of senders that are not too fast, so that
    memory is bounded by the messages of one second. A sender is free again after 10 seconds in a
    row below its rate.

    Args:
        limits: when a sender is too fast.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        rates = [rate for rate in (limits.rate, *limits.rate_of.values()) if rate]
        self._lowest = min(rates, default=0)
        self._second = 0
        self._counts: Counter[Sender] = Counter()
        self._runs: dict[Sender, _Run] = {}
        self._limited: dict[Sender, Limited] = {}
        self._owed_s = 0
        self._connected_us = self._behind_us = self._clock_us = 0

    def refuse(self, received: Sequence[Received]) -> dict[int, Limited]:
        """Count messages, which are in the order of their arrival.

        Returns:
            The senders of those that are refused, by their position.
        """
        if not self._lowest or not received:
            return {}
        messages = list(map(_message, received))
        refused: dict[int, Limited] = {}
        begin = 0
        while begin < len(messages):
            self.tick(messages[begin].received_us)
            end = _end_of_second(messages, begin, (self._second + 1) * _SECOND_US)
            senders = list(map(_sender, messages[begin:end]))
            self._counts.update(senders)
            if self._limited:
                times = map(_received_us, messages[begin:end])
                self._refuse_some(zip(range(begin, end), senders, times, strict=True), refused)
            begin = end
        return refused

    def tick(self, now_us: int) -> None:
        """Close the seconds that are over; what arrived earlier than others closes none."""
        second = now_us // _SECOND_US
        if second <= self._second:
            return
        self._close(second - self._second)
        self._second = second

    def learn(self, parcels: Iterable[Parcel]) -> None:
        """Note which devices the messages of throttled senders name."""
        if not self._limited:
            return
        for message, decoded in parcels:
            limited = self._limited.get((message.source, message.topic))
            if limited is None or isinstance(decoded, Refused):
                continue
            named = _names(Parcel(message, decoded))
            limited.names.update(dict.fromkeys(named[: _MOST_NAMES - len(limited.names)]))
            limited.refusal = _refusal(limited.reason, next(iter(limited.names), None))

    def listen(self, now_us: int, *, connected: bool, caught_up: bool) -> None:
        """Note whether we take what comes; call it every second.

        After a time in which we did not, whatever all have sent then comes at once: a sender may
        have sent its rate for so long. That ends once nothing has been waiting for a minute.
        """
        if now_us < self._clock_us - _SET_BACK_US:
            self._set_back(now_us)
        self._clock_us = now_us
        if connected:
            missed_us = now_us - self._connected_us
            if self._connected_us and missed_us > _MISSED_US:
                self._owed_s = max(self._owed_s, missed_us // _SECOND_US)
            self._connected_us = now_us
        if not (connected and caught_up):
            self._behind_us = now_us
        elif now_us - self._behind_us > _SETTLED_US:
            self._owed_s = 0

    def resume(self, listened_us: int) -> None:
        """Note until when another process took what came."""
        self._connected_us = listened_us

    def throttled(self) -> list[Throttled]:
        """Return who is throttled now."""
        return [
            Throttled(sender, tuple(limited.names), limited.reason)
            for sender, limited in self._limited.items()
        ]

    def _set_back(self, now_us: int) -> None:
        """Count from now on: until our clock is there again nobody would be free."""
        self._close(1)
        self._second = now_us // _SECOND_US
        self._connected_us = min(self._connected_us, now_us)
        self._behind_us = min(self._behind_us, now_us)
        for limited in self._limited.values():
            limited.filled_us = now_us

    def _refuse_some(
        self, waiting: Iterable[tuple[int, Sender, int]], refused: dict[int, Limited]
    ) -> None:
        for position, sender, received_us in waiting:
            limited = self._limited.get(sender)
            if limited is not None and not limited.takes(received_us):
                refused[position] = limited
                metrics.REFUSED.labels(sender[0]).inc()

    def _close(self, seconds: int) -> None:
        """End the second that was counted, and the ones after it in which nothing came."""
        fast = {
            sender: count
            for sender, count in self._counts.items()
            if count > self._lowest and count > self._rate(sender) > 0
        }
        self._counts.clear()
        self._calm_down(fast, seconds)
        self._runs = {sender: self._runs.get(sender, _Run()) for sender in fast}
        for sender, count in fast.items():
            self._judge(sender, count)
        if seconds > 1:
            self._runs.clear()

    def _calm_down(self, fast: Mapping[Sender, int], seconds: int) -> None:
        for sender, limited in list(self._limited.items()):
            limited.calm_s = seconds - 1 if sender in fast else limited.calm_s + seconds
            if limited.calm_s >= _CALM_SECONDS:
                del self._limited[sender]

    def _judge(self, sender: Sender, count: int) -> None:
        run, rate = self._runs[sender], self._rate(sender)
        run.seconds += 1
        run.messages += count
        long, many = run.seconds >= self._limits.after_s, run.messages > self._limits.burst
        if sender in self._limited or not (long or many) or run.messages <= rate * self._owed_s:
            return
        reason = f"{run.messages:,} messages in {run.seconds} s: expected at most {rate} a second"
        begin_us = (self._second + 1) * _SECOND_US
        self._limited[sender] = Limited(
            rate, reason, _SECOND_US, begin_us, _refusal(reason, speaker=None)
        )

    def _rate(self, sender: Sender) -> int:
        return self._limits.rate_of.get(sender[0], self._limits.rate)


def _end_of_second(messages: Sequence[Message], begin: int, end_us: int) -> int:
    """Return where the messages of a second end."""
    # Of many origins, one may put a message a little late: it counts for the second at hand.
    if _received_us(messages[-1]) < end_us:
        return len(messages)
    late = (at for at in range(begin, len(messages)) if _received_us(messages[at]) >= end_us)
    return next(late, len(messages))


def _refusal(reason: str, speaker: Name | None) -> Refused:
    return Refused(speaker=speaker, faults=[Fault(FaultReason.THROTTLED, reason)])


def _names(parcel: Parcel) -> list[Name]:
    decoded = parcel.decoded
    said = [] if decoded.speaker is None else [decoded.speaker]
    said += [reading.device for reading in decoded.readings]
    said += [native.device for native in decoded.natives]
    said += [event.camera for event in decoded.events]
    return list(dict.fromkeys(said))
