"""docs/backtest.md: its worked example, and every option of the command."""

from pathlib import Path

import typer

from tests.unit.alerts.ruling import level_text
from twin.app.rule_trials import Asked, Recorded, run_trial, trial_document
from twin.cli.rules import app

GUIDE = (Path(__file__).parents[4] / "docs" / "backtest.md").read_text(encoding="utf-8")


def test_the_worked_example_comes_out_as_it_says(tmp_path: Path) -> None:
    recording, labels = (part.split("```")[0] for part in GUIDE.split("```csv\n")[1:])
    for name, text in (("g.csv", recording), ("l.csv", labels), ("r.toml", level_text())):
        (tmp_path / name).write_text(text, encoding="utf-8")
    fixed = ["quantity=depth", "class=8402"]
    recorded = Recorded([tmp_path / "g.csv"], (), fixed, tmp_path / "l.csv")
    asked = Asked([tmp_path / "r.toml"], recorded=recorded)
    found = trial_document(run_trial(asked, "", lambda _done, _all: None))
    first, second = found["alerts"]
    assert [stage["at"][11:16] for stage in first["stages"]] == ["08:10", "08:20"]
    assert (first["again"], second["again"]) == (None, first["from"])
    detection = found["detection"]
    assert (detection["hits"], detection["false_alarms"], detection["precision"]) == (1, 1, 0.5)
    assert detection["labels"][0]["lead_s"] == 900.0


def test_every_option_is_in_the_guide() -> None:
    command = typer.main.get_command(app).commands["backtest"]  # type: ignore[attr-defined]
    options = [opt for parameter in command.params for opt in parameter.opts if opt[:2] == "--"]
    assert [opt for opt in options if f"`{opt}" not in GUIDE and opt != "--help"] == []
