"""Decides whose PostgreSQL and Mosquitto to run: the machine's packages or a root folder's."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from private_services import root_folder, watched
from private_services.problems import CannotGoOnError
from private_services.processes import tail
from private_services.progress import Progress
from private_services.settings import Settings

_MACHINE = Path("/")
_POLICY = Path("/usr/sbin/policy-rc.d")
_NO_CLUSTER = Path("/etc/postgresql-common/createcluster.d/citytwin.conf")
_EXTENSIONS = ("timescaledb", "postgis", "pgrouting", "btree_gist")
_POSTGRES = Path("usr/lib/postgresql/17/bin/postgres")
_MOSQUITTO = Path("usr/sbin/mosquitto")
_INSTALL = (
    *("apt-get", "install", "-q", "-y", "--no-install-recommends"),
    *("-o", "APT::Status-Fd=1", "-o", "DPkg::Lock::Timeout=300"),
)


def locate(settings: Settings, progress: Progress) -> Path:
    """The folder under which all programs are, installed or built first where needed."""
    if shutil.which("apt-get") is None:
        raise CannotGoOnError(
            "this machine has no apt-get, and the services are made from Debian's packages: "
            "use docker compose, "
            "or set CITYTWIN_DATABASE_URL and CITYTWIN_MQTT_URL to servers that run"
        )
    if complete(_MACHINE):
        return _MACHINE
    if root_folder.folder_for(settings.cache_dir).is_dir():
        return root_folder.folder_for(settings.cache_dir)
    if _machine_offers_packages(progress):
        _install_on_machine(settings.cache_dir, progress)
        return _MACHINE
    return root_folder.ensure(settings.cache_dir, settings.debian_mirror, progress)


def complete(root: Path) -> bool:
    """Whether PostgreSQL 17 with every extension, and Mosquitto, are installed there."""
    extensions = root / "usr/share/postgresql/17/extension"
    wanted = [
        root / _POSTGRES,
        root / _MOSQUITTO,
        *(extensions / f"{name}.control" for name in _EXTENSIONS),
    ]
    return all(path.exists() for path in wanted)


def _machine_offers_packages(progress: Progress) -> bool:
    if _has_candidate("postgresql-17-timescaledb"):
        return True
    if not _has_candidate("mosquitto"):  # not even that: the lists were never fetched
        progress.say("reading the package lists of this machine")
        subprocess.run(["apt-get", "update", "-q"], capture_output=True, check=False)
    return _has_candidate("postgresql-17-timescaledb")


def _has_candidate(package: str) -> bool:
    said = subprocess.run(
        ["apt-cache", "policy", package], capture_output=True, text=True, check=False
    ).stdout
    return "Candidate:" in said and "Candidate: (none)" not in said


def _install_on_machine(cache_dir: Path, progress: Progress) -> None:
    cache_dir.mkdir(parents=True, exist_ok=True)
    log = cache_dir / "install.log"
    progress.say("installing PostgreSQL 17, TimescaleDB, PostGIS and Mosquitto with apt")
    had_broker = (_MACHINE / _MOSQUITTO).exists()
    with root_folder.lock(cache_dir / "build.lock", progress), _nothing_started():
        watched.run(["apt-get", "update", "-q"], log)
        done = watched.run([*_INSTALL, *root_folder.PACKAGES], log, watched.AptSteps(progress))
    if not had_broker and shutil.which("systemctl"):  # nor is it to start at the next boot
        watched.run(["systemctl", "disable", "mosquitto.service"], log)
    if not done or not complete(_MACHINE):
        raise CannotGoOnError(
            f"apt could not install the database's packages (log: {log}), its words were:\n  "
            f"{tail(log)}"
        )


@contextmanager
def _nothing_started() -> Iterator[None]:
    """While packages are installed: no cluster of the machine's own is made, no daemon started."""
    _NO_CLUSTER.parent.mkdir(parents=True, exist_ok=True)
    _NO_CLUSTER.write_text("create_main_cluster = false\n")
    ours = not _POLICY.exists()
    if ours:
        _POLICY.write_text(root_folder.NO_DAEMONS)
        _POLICY.chmod(0o755)
    try:
        yield
    finally:
        if ours:
            _POLICY.unlink()
