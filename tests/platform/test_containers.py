"""The Dockerfile and docker-compose.yml name only what there is."""

import json
import re
import shlex
import subprocess
from importlib import resources
from typing import Any

import jsonschema
import pytest
import yaml
from private_services import container, root_folder
from private_services.settings import CHECKOUT

DOCKERFILE = (CHECKOUT / "Dockerfile").read_text().replace("\\\n", " ")
STAGES = {
    stage.split("\n", 1)[0].split(" AS ")[1].strip(): stage
    for stage in re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)[1:]
}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
    return loaded


def services_of(compose: dict[str, Any], target: str) -> dict[str, dict[str, Any]]:
    services: dict[str, dict[str, Any]] = compose["services"]
    return {name: one for name, one in services.items() if one["build"]["target"] == target}


def test_compose_file_follows_the_specification(compose: dict[str, Any]) -> None:
    vendor = resources.files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json"
    jsonschema.validate(compose, json.loads(vendor.read_text("utf-8")))


def test_every_service_is_built_from_a_stage_and_waits_for_services_that_exist(
    compose: dict[str, Any],
) -> None:
    services = compose["services"]
    for name, service in services.items():
        assert service["build"]["target"] in STAGES, name
        assert set(service.get("depends_on", {})) <= set(services), name
        for volume in service["volumes"]:
            assert volume.partition(":")[0] in compose["volumes"], name
    for service in services.values():
        for other, wish in service.get("depends_on", {}).items():
            assert (wish["condition"] == "service_healthy") == ("healthcheck" in services[other])


def test_everything_that_is_copied_exists_and_reaches_the_engine() -> None:
    ignored = (CHECKOUT / ".dockerignore").read_text().split("\n")
    let_in = [line.removeprefix("!") for line in ignored if line.startswith("!")]
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, flags=re.MULTILINE)
    for source in (word for line in copied for word in line.split()):
        assert (CHECKOUT / source).exists(), source
        assert any(source == path or source.startswith(f"{path}/") for path in let_in), source


def test_the_image_has_the_packages_of_the_root_folder() -> None:
    words = shlex.split(STAGES["services"].partition("RUN")[2].partition("\nRUN")[0])
    assert set(root_folder.PACKAGES) <= set(words)


def test_published_ports_are_local_and_lead_to_where_the_services_listen(
    compose: dict[str, Any],
) -> None:
    for service in compose["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    services = compose["services"]
    assert services["broker"]["ports"][0].endswith(f":{container.MQTT_PORT}")
    serve = services["web"]["command"]
    assert services["web"]["ports"][0].endswith(f":{serve[serve.index('--port') + 1]}")


def test_the_services_image_understands_its_commands(
    compose: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    source = (CHECKOUT / "scripts/private_services/container.py").read_text()
    for service in services_of(compose, "services").values():
        assert f'case ["{service["command"][0]}"]' in source
    assert container.main(["dance"]) == 2
    assert "usage" in capsys.readouterr().err


def test_the_program_understands_its_commands(compose: dict[str, Any]) -> None:
    for name, service in services_of(compose, "app").items():
        command, *options = service["command"]
        told = subprocess.run(
            [CHECKOUT / ".venv/bin/twin", command, "--help"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={"PATH": "/usr/bin:/bin", "COLUMNS": "200", "TERM": "dumb", "NO_COLOR": "1"},
        )
        assert told.returncode == 0, f"{name}: {told.stderr}"
        for option in options:
            if option.startswith("--"):
                assert option in told.stdout, name
