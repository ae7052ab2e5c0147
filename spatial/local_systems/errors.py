"""What can be wrong with the declaration of a local system."""

from collections.abc import Iterable


class LocalSystemError(ValueError):
    """A declaration with mistakes. Correct every one of ``mistakes``, then try again."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(self.mistakes))
