"""The rule kind ``video``: a camera's analytics see something in an area that it watches."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Annotated, Literal

from pydantic import Field

from alerts.rules.alert_level import AlertLevel, LevelName
from alerts.rules.example import VideoExample
from alerts.rules.terms import RuleHead, Words

_MINUTE_US = 60_000_000


class VideoRule(RuleHead):
    """Raises at each area that a camera watches while an event goes on there.

    Attributes:
        kind: ``video``.
        level: what is raised.
        topics: ends of event topics, whole segments; ``*`` stands for anything.
        entity_classes: of the areas.
        examples: cases that are tried whenever the file is checked.
    """

    kind: Literal["video"]
    level: LevelName
    topics: Annotated[list[Words], Field(min_length=1)]
    examples: list[VideoExample] = Field(default_factory=list)

    @property
    def alert_level(self) -> AlertLevel:
        """The level as a number."""
        return AlertLevel.named(self.level)

    def names(self, topic: str) -> bool:
        """Return whether events of the topic fall under it."""
        return any(
            fnmatchcase(topic, pattern) or fnmatchcase(topic, f"*/{pattern}")
            for pattern in self.topics
        )

    def mistakes(self) -> Iterator[str]:
        """Yield a sentence for each example that does not come out as it says."""
        for number, example in enumerate(self.examples, start=1):
            active, raised_us = self._seen(example)
            found = self.level if active else "none"
            if found != example.expect:
                why = f"expected {example.expect!r}, but the rule gives {found!r}"
            else:
                why = example.objection(raised_us)
            if why:
                yield f"example {number}: {why}"

    def _seen(self, example: VideoExample) -> tuple[bool, int | None]:
        """Return whether anything is still there, and when the first thing was seen."""
        active: set[str] = set()
        raised_us: int | None = None
        for minute, topic, state in sorted(example.events):
            if not self.names(topic):
                continue
            if state == "ends":
                active.discard(topic)
            elif state == "begins":
                active.add(topic)
                raised_us = round(minute * _MINUTE_US) if raised_us is None else raised_us
        return bool(active), raised_us
