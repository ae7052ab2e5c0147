"""Free ports for tests, and a plain word about a port that somebody has taken."""

import os
import socket
import sys
from contextlib import ExitStack

from private_services import processes
from private_services.problems import CannotGoOnError
from private_services.settings import port_from

_HOST = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """Different ports that nobody listens on now."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((_HOST, 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def require_free(what: str, variable: str, address: str, port: int) -> None:
    """Refuse to go on when somebody listens there, and say who."""
    if not processes.port_free(address, port):
        raise CannotGoOnError(port_taken(what, port, variable, processes.port_owner(port)))


def port_taken(what: str, port: int, variable: str, owner: str) -> str:
    """The sentence for a port that somebody else listens on."""
    return (
        f"port {port} for {what} is taken by {owner}: "
        f"stop that program, or set {variable} to a free port"
    )


def main(arguments: list[str]) -> int:
    """`free COUNT` prints ports; `require VARIABLE DEFAULT` checks the web page's."""
    try:
        match arguments:
            case ["free", count]:
                sys.stdout.write(" ".join(str(port) for port in free_ports(int(count))) + "\n")
            case ["require", variable, default]:
                port = port_from(os.environ, variable) or int(default)
                require_free("the web page", variable, _HOST, port)
            case _:
                sys.stderr.write("usage: ports free COUNT | ports require VARIABLE DEFAULT\n")
                return 2
    except CannotGoOnError as error:
        sys.stderr.write(f"ports: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
