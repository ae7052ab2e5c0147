"""docs/alerts.md has the table of moves as it is."""

import re
from pathlib import Path

from alerts.handling.moves import MOVES

GUIDE = (Path(__file__).parents[3] / "docs" / "alerts.md").read_text(encoding="utf-8")


def test_the_guide_has_every_move_and_no_other() -> None:
    table = GUIDE.split("## States")[1].split("The table is")[0]
    told = {
        row.split("|")[1].strip(" `"): set(re.findall(r"`(\w+)`", row.split("|")[2]))
        for row in table.splitlines()
        if row.startswith("| `")
    }
    assert told == {state: set(possible) for state, possible in MOVES.items()}
