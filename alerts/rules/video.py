"""The rule kind ``video``: a camera's analytics see something in an area that it watches."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Annotated, Literal

from pydantic import Field

from alerts.rules.alert_level import AlertLevel, LevelName
from alerts.rules.terms import RuleHead, Words


class VideoRule(RuleHead):
    """Raises at each area that a camera watches while an event goes on there.

    Attributes:
        kind: ``video``.
        level: what is raised.
        topics: ends of event topics, whole segments; ``*`` stands for anything.
        entity_classes: of the areas.
    """

    kind: Literal["video"]
    level: LevelName
    topics: Annotated[list[Words], Field(min_length=1)]

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
        """Yield nothing: all that can be wrong with it shows in single fields."""
        yield from ()
