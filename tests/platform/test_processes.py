"""Finding our own processes and naming who has a port."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from private_services import ports, processes
from private_services.problems import CannotGoOnError


def test_a_taken_port_is_refused_with_its_owner() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotGoOnError) as caught:
            ports.require_free("postgres", "CITYTWIN_DB_PORT", "127.0.0.1", port)
    assert f"port {port} for postgres is taken by pid {os.getpid()} (" in str(caught.value)
    assert "set CITYTWIN_DB_PORT to a free port" in str(caught.value)


def test_free_ports_are_different_and_free() -> None:
    found = ports.free_ports(5)
    assert len(set(found)) == 5
    for port in found:
        ports.require_free("a test", "X", "127.0.0.1", port)


def test_a_process_is_known_by_its_folder_not_by_a_number(tmp_path: Path) -> None:
    mine, other = tmp_path / "mine", tmp_path / "other"
    mine.mkdir()
    other.mkdir()
    sleeper = [sys.executable, "-c", "print('here', flush=True); input()"]
    with subprocess.Popen(
        sleeper, cwd=mine, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        program = Path(sys.executable).name
        assert processes.main_process(mine, program) == child.pid
        assert processes.main_process(other, program) is None
        assert processes.main_process(mine, "postgres") is None
        child.kill()
    assert processes.main_process(mine, program) is None


def test_what_a_killed_server_left_is_ended(tmp_path: Path) -> None:
    stubborn = "import signal; signal.signal(15, signal.SIG_IGN); print('x', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", stubborn],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert processes.end_leftovers(tmp_path, patience=0.1)
    assert not processes.end_leftovers(tmp_path, patience=0.1)


def test_a_log_is_set_aside_when_it_is_large(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text("12345")
    processes.rotate(log, 5)
    assert log.exists()
    processes.rotate(log, 4)
    assert not log.exists()
    assert (tmp_path / "x.log.1").read_text() == "12345"
