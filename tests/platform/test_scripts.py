"""The scripts a person runs are sound as far as reading them can tell."""

import os
import subprocess
from pathlib import Path

import pytest
from private_services.settings import CHECKOUT

BASH = [
    CHECKOUT / ".ci/run",
    *(CHECKOUT / "scripts" / name for name in ("setup", "demo", "test", "check")),
]


@pytest.mark.parametrize(
    "script", [*BASH, CHECKOUT / "scripts/services"], ids=lambda path: path.name
)
def test_a_script_can_be_run(script: Path) -> None:
    assert os.access(script, os.X_OK)


@pytest.mark.parametrize("script", BASH, ids=lambda path: path.name)
def test_bash_understands_the_script(script: Path) -> None:
    subprocess.run(["bash", "-n", script], check=True)


def test_the_build_server_does_what_a_person_does() -> None:
    lines = (CHECKOUT / ".ci/run").read_text().splitlines()
    assert [line for line in lines if line.startswith("scripts/")] == [
        "scripts/check",
        "scripts/test",
    ]


def test_a_taken_page_port_stops_the_demo_before_anything_else() -> None:
    taken = os.environ["CITYTWIN_MQTT_PORT"]
    done = subprocess.run(
        [CHECKOUT / "scripts/demo"],
        env=os.environ | {"CITYTWIN_HTTP_PORT": taken},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert f"port {taken} for the web page is taken by pid" in done.stderr
    assert "CITYTWIN_HTTP_PORT" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code"), [(["dance"], 2), (["up", "oracle"], 2), (["--help"], 0)], ids=str
)
def test_services_says_how_it_is_used(arguments: list[str], code: int) -> None:
    command = [str(CHECKOUT / "scripts/services"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert "usage: scripts/services" in done.stdout + done.stderr
