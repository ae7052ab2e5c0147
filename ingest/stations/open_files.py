"""How many files this process may have open: each connection is one, the store's is another."""

import resource
from typing import Final

import structlog

_log = structlog.get_logger()

_OTHER_FILES: Final = 256


def allow_connections(count: int) -> None:
    """Raise the limit of open files so that so many connections fit, if the system lets us.

    Where it does not, the log says so: the store's own connection could be the one that fails.

    Args:
        count: connections of all servers of this process.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + _OTHER_FILES
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    granted = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (granted, hard))
    if granted < wanted:
        _log.warning("fewer open files than connections may need", granted=granted, wanted=wanted)
