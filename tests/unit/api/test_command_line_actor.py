"""Whoever runs a command is named by the operating system, which no account of ours can imitate."""

import os
import pwd

import pytest

from twin.api.names import InvalidNameError, check_name
from twin.app.actor import command_line_actor


def test_the_effective_user_of_the_process_is_the_actor() -> None:
    assert command_line_actor({}) == f"os:{pwd.getpwuid(os.geteuid()).pw_name}"


def test_who_called_sudo_is_named_too() -> None:
    assert command_line_actor({"SUDO_USER": "li"}, lambda: "root") == "os:root (sudo by li)"
    assert command_line_actor({"SUDO_USER": "root"}, lambda: "root") == "os:root"


@pytest.mark.parametrize("forged", ["a\nb", "x) os:li (sudo by li", "x" * 65, "", "a b"])
def test_a_forged_sudo_name_is_left_out(forged: str) -> None:
    assert command_line_actor({"SUDO_USER": forged}, lambda: "root") == "os:root"


def test_a_user_without_a_name_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 3_999_999_999)
    assert command_line_actor({}) == "os:uid-3999999999"


def test_no_account_can_be_named_like_a_command_line() -> None:
    with pytest.raises(InvalidNameError):
        check_name(command_line_actor({}))
