"""The command line of `scripts/services`."""

import argparse
import errno
import signal
import sys
from types import FrameType

from private_services.commands import SERVICES, Services, as_json, as_text
from private_services.problems import CannotGoOnError
from private_services.progress import Progress
from private_services.settings import Settings

_INTERRUPTED = 130
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    """Do what was asked: 0 done, 1 could not, 2 asked wrongly."""
    asked = _parser().parse_args()
    for number in _SIGNALS:
        signal.signal(number, _interrupt)
    try:
        services = Services(Settings.from_environment(), Progress())
        _obey(services, asked)
    except CannotGoOnError as error:
        sys.stderr.write(f"services: {error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"services: {_explain(error)}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("services: interrupted; what this call had started was stopped again\n")
        return _INTERRUPTED
    return 0


def _obey(services: Services, asked: argparse.Namespace) -> None:
    wanted = [asked.service] if asked.service else list(SERVICES)
    if asked.command == "status":
        status = services.status()
        sys.stdout.write((as_json(status) if asked.json else as_text(status)) + "\n")
        return
    {"up": services.up, "down": services.down, "restart": services.restart}[asked.command](wanted)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/services",
        description="A private PostgreSQL with TimescaleDB and PostGIS, and a private Mosquitto.",
        epilog="Example: scripts/services up && scripts/services status --json",
    )
    parser.add_argument("command", choices=("up", "down", "restart", "status"))
    parser.add_argument(
        "service", nargs="?", choices=SERVICES, help="only this one; both when left out"
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="status for programs, with process numbers and addresses",
    )
    return parser


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    for number in _SIGNALS:  # a second one must not disturb the tidying up
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _explain(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        place = error.filename or "the state folder"
        return f"the disk of {place} is full: free some space and start again"
    if error.errno in (errno.EACCES, errno.EPERM):
        return (
            f"no permission for {error.filename}: run this as root, "
            "or set CITYTWIN_STATE_DIR to a folder of yours"
        )
    return f"{error.strerror} ({error.filename}): put this right and start again"


if __name__ == "__main__":
    sys.exit(main())
