"""What can be wrong with an import as a whole; a row that is refused is no error."""

from collections.abc import Iterable


class ImportMapError(ValueError):
    """An import map with mistakes. Correct every one of ``mistakes``, then import again."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(self.mistakes))


class UnknownCountyError(ValueError):
    """A county that there is not. Give six digits of ``divisions.csv``, e.g. 440311."""
