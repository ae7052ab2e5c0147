"""Who writes when a command writes: the account of the operating system."""

import os
import pwd
from collections.abc import Callable, Mapping

_LONGEST = 64


def command_line_actor(
    environment: Mapping[str, str] = os.environ, user: Callable[[], str] | None = None
) -> str:
    """Return who runs this command, as histories name it: ``os:li``, ``os:root (sudo by li)``.

    No account of ours can have such a name, for none may have a colon. The name comes from the
    effective user of the process; only the part about sudo is what the environment says.

    Args:
        environment: where sudo leaves the name of who called it.
        user: gives the name of the effective user; asked of the operating system if None.
    """
    name = (user or _effective_user)()
    caller = environment.get("SUDO_USER", "")
    if not caller or caller == name or not _plain(caller):
        return f"os:{name}"
    return f"os:{name} (sudo by {caller})"


def _plain(name: str) -> bool:
    return len(name) <= _LONGEST and name.isprintable() and not set(name) & set("() ")


def _effective_user() -> str:
    number = os.geteuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        # A container may run as a number that nobody gave a name.
        return f"uid-{number}"
