"""What is told on a label."""

from dataclasses import dataclass

from twin.codes import EntityCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """One label; texts that are empty, or for which there is no room, are left out.

    Attributes:
        code: the entity that the label is stuck on.
        name: of the entity, cut where it is longer than the label.
        class_name: what it is, in Chinese.
        owner: department that looks after it.
    """

    code: EntityCode
    name: str = ""
    class_name: str = ""
    owner: str = ""
