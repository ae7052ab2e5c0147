"""Many rows with the same trouble, said in one sentence."""

from spatial.models.inp.objects import PipeModel

_NAMED = 3


class Remark:
    """Counts rows and keeps the first of them, so that a bad file of millions stays small."""

    def __init__(self, section: str, what: str, between: str = "; ") -> None:
        self._start = section, what
        self._between = between
        self._count = 0
        self._named: list[str] = []

    def add(self, said: str) -> None:
        """Take one row into account."""
        self._count += 1
        if len(self._named) < _NAMED:
            self._named.append(said)

    def put(self, model: PipeModel) -> None:
        """Add the sentence to the warnings of a model, if there was any such row."""
        if self._count:
            section, what = self._start
            more = f" and {self._count - _NAMED:,} more" if self._count > _NAMED else ""
            named = self._between.join(self._named)
            model.warnings.append(f"{section}: {self._count:,} rows {what}: {named}{more}")
