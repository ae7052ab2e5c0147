"""Runs programs of a root folder, each in a mount namespace of its own.

The namespace makes every mount end with the last process that uses it: nothing to unmount,
nothing stale after a crash, and several state folders use the same path side by side.
"""

import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from private_services.problems import CannotGoOnError

INSIDE = Path("/run/citytwin")
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
}
_OPEN_FILES = 65536

# Arguments: root folder ("" for the machine's own), user, source folder, folder inside, command.
_ENTER = f"""
set -e
root=$1 user=$2 source=$3 inside=$4; shift 4
mount --bind "$source" "$root$inside"
if [ -n "$root" ]; then
    mount --rbind /proc "$root/proc"
    mount --rbind /dev "$root/dev"
fi
if [ -d "$root/dev/shm" ]; then mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"; fi
ulimit -n {_OPEN_FILES} 2>/dev/null || ulimit -n "$(ulimit -H -n)"
exec chroot --userspec="$user:$user" "${{root:-/}}" /bin/sh -c 'cd "$0" && exec "$@"' "$inside" "$@"
"""


@dataclass(frozen=True, slots=True)
class Chamber:
    """A root folder, the user in it, and the state folder that its programs see as `inside`.

    Without a root folder we are in a container already and run as its user, where the folder is.
    """

    root: Path | None
    user: str
    source: Path

    @property
    def inside(self) -> Path:
        """Where the programs see the state folder."""
        return INSIDE / self.source.name if self.root else self.source

    def command(self, arguments: list[str]) -> list[str]:
        """The whole command line that runs these arguments inside."""
        if self.root is None:
            return arguments
        root = "" if self.root == Path("/") else str(self.root)
        enter = ["unshare", "--mount", "--propagation", "private", "--", "/bin/sh", "-c", _ENTER]
        places = [root, self.user, str(self.source), str(self.inside)]
        return [*enter, "sh", *places, *arguments]

    def prepare(self) -> None:
        """Make the mount point, and the source folder owned by the user of the root folder."""
        self.source.mkdir(parents=True, exist_ok=True)
        if self.root is not None:
            inner = self.root / self.inside.relative_to("/")
            inner.mkdir(parents=True, exist_ok=True)
        uid, gid = self.ids()
        if self.source.stat().st_uid != uid:
            for folder, _, files in os.walk(self.source):
                for name in (".", *files):
                    os.chown(Path(folder) / name, uid, gid, follow_symlinks=False)
        self.source.chmod(0o700)

    def ids(self) -> tuple[int, int]:
        """User and group number of the user, from the root folder's own table."""
        if self.root is None:
            return os.getuid(), os.getgid()
        for line in (self.root / "etc/passwd").read_text("utf-8").splitlines():
            fields = line.split(":")
            if fields[0] == self.user:
                return int(fields[2]), int(fields[3])
        raise CannotGoOnError(
            f"{self.root} has no user {self.user!r}: remove that folder and start again"
        )

    def run(
        self, arguments: list[str], *, text: str = "", environment: dict[str, str] | None = None
    ) -> str:
        """Run to the end and return what it printed; a failure is told with its output."""
        done = subprocess.run(
            self.command(arguments),
            input=text,
            env=ENVIRONMENT | (environment or {}),
            capture_output=True,
            text=True,
            check=False,
            cwd=self.source,
        )
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip()
            raise CannotGoOnError(
                f"{shlex.join(arguments[:3])} ended with {done.returncode}: {said}"
            )
        return done.stdout

    def launch(self, arguments: list[str], log: Path) -> subprocess.Popen[bytes]:
        """Start and leave running in a session of its own, output appended to the log."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            return subprocess.Popen(
                self.command(arguments),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=ENVIRONMENT,
                cwd=self.source,
                start_new_session=True,
            )


def require_mounts() -> None:
    """Refuse early where this user may not run services at all."""
    if os.geteuid() != 0:
        raise CannotGoOnError(
            "PostgreSQL and Mosquitto are started under users of their own, which needs root: "
            "run this as root, or set CITYTWIN_DATABASE_URL and CITYTWIN_MQTT_URL to servers "
            "that run"
        )
    if shutil.which("unshare") is None:
        raise CannotGoOnError("the command unshare is missing: install the package util-linux")
    done = subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "true"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise CannotGoOnError(
            f"no permission to mount folders here ({done.stderr.strip()}): run on a machine or "
            "in a container "
            "that has CAP_SYS_ADMIN, or set CITYTWIN_DATABASE_URL and CITYTWIN_MQTT_URL to "
            "servers that run"
        )
