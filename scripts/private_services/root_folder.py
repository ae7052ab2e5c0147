"""Makes a Debian 13 root folder with the services' programs, once for the whole machine."""

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from private_services import apt_sources, watched
from private_services.problems import CannotGoOnError
from private_services.processes import tail
from private_services.progress import Progress

SUITE = "trixie"
PACKAGES = (
    "postgresql-17",
    "postgresql-17-timescaledb",
    "postgresql-17-postgis-3",
    "postgresql-17-postgis-3-scripts",
    "postgresql-17-pgrouting",
    "postgresql-17-pgrouting-scripts",
    "mosquitto",
)
NEEDED_BYTES = 2_500_000_000
_RECIPE = 1  # raise it when a folder made by older code must not be used any more
_FETCH_SETTINGS = "etc/apt/apt.conf.d/90host"
_COPIED = ("etc/resolv.conf", "etc/hosts", "etc/ssl/certs/ca-certificates.crt")
NO_DAEMONS = "#!/bin/sh\nexit 101\n"
_SMALL_AND_FAST = """\
force-unsafe-io
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/man/*
path-exclude=/usr/share/locale/*
"""
_ENTER = 'mount -t proc proc "$1/proc" && exec chroot "$@"'


def folder_for(cache_dir: Path) -> Path:
    """The place of the finished root folder; another recipe has another name."""
    recipe = hashlib.sha256(
        f"{_RECIPE} {SUITE} {PACKAGES} {os.uname().machine}".encode()
    ).hexdigest()
    return cache_dir / f"debian-{SUITE}-{recipe[:12]}"


def ensure(cache_dir: Path, own_mirror: str | None, progress: Progress) -> Path:
    """The finished root folder, built now if there is none; only one caller builds."""
    folder = folder_for(cache_dir)
    if folder.is_dir():
        return folder
    cache_dir.mkdir(parents=True, exist_ok=True)
    with lock(cache_dir / "build.lock", progress):
        if not folder.is_dir():
            _build(folder, own_mirror, progress)
    return folder


@contextmanager
def lock(path: Path, progress: Progress) -> Iterator[None]:
    """Held by one builder or installer at a time."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress.say(f"waiting for another program that builds in {path.parent}")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _build(folder: Path, own_mirror: str | None, progress: Progress) -> None:
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    log = folder.with_name("build.log")
    shutil.rmtree(unfinished, ignore_errors=True)
    _require_space(folder.parent)
    log.write_text("")
    try:
        _install_debootstrap(log, progress)
        mirror = _bootstrap(unfinished, own_mirror, log, progress)
        _configure(unfinished, mirror)
        _install_packages(unfinished, log, progress)
        unfinished.rename(folder)
    except BaseException:
        progress.say(f"removing the unfinished root folder {unfinished}")
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    progress.say(f"the root folder is ready in {folder}")


def _require_space(place: Path) -> None:
    free = shutil.disk_usage(place).free
    if free < NEEDED_BYTES:
        raise CannotGoOnError(
            f"only {free / 1e9:.1f} GB are free at {place} and the database programs need "
            f"{NEEDED_BYTES / 1e9:.1f} GB: "
            "free some space, or set CITYTWIN_CACHE_DIR to a folder on a larger disk"
        )


def _install_debootstrap(log: Path, progress: Progress) -> None:
    keys = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
    if shutil.which("debootstrap") and keys.exists():
        return
    progress.say("installing debootstrap with apt")
    steps = (
        ["apt-get", "update", "-q"],
        ["apt-get", "install", "-q", "-y", "--no-install-recommends"],
    )
    for step in (steps[0], [*steps[1], "debootstrap", "debian-archive-keyring"]):
        if not watched.run(step, log):
            raise CannotGoOnError(
                f"apt could not install debootstrap, its words were:\n  {tail(log)}"
            )


def _bootstrap(target: Path, own_mirror: str | None, log: Path, progress: Progress) -> str | None:
    """Try the mirrors in turn; None stands for the one that debootstrap itself names."""
    known = apt_sources.mirrors(apt_sources.read_sources())
    candidates: list[str | None] = [own_mirror] if own_mirror else [*known, None]
    for mirror in candidates:
        shown = mirror or "debootstrap's own mirror"
        progress.say(f"making a Debian 13 root folder from {shown}, needed once for this machine")
        shutil.rmtree(target, ignore_errors=True)
        if watched.run(_bootstrap_command(target, mirror), log, watched.BootstrapSteps(progress)):
            return mirror
        _raise_if_full(target, log)
    tried = ", ".join(mirror or "debootstrap's own" for mirror in candidates)
    raise CannotGoOnError(
        f"no Debian mirror gave a Debian 13 base system (tried {tried}; log: {log}): check the "
        "network, or set "
        "CITYTWIN_DEBIAN_MIRROR to a mirror that this machine reaches. The last words were:\n "
        f" {tail(log)}"
    )


def _bootstrap_command(target: Path, mirror: str | None) -> list[str]:
    command = ["debootstrap", "--variant=minbase", SUITE, str(target)]
    scripts = Path("/usr/share/debootstrap/scripts")
    if mirror is not None:
        command.append(mirror)
        if not (scripts / SUITE).exists():
            command.append(str(scripts / "sid"))  # older debootstraps do not know the name yet
    return [*watched.ALONE, *command]


def _configure(root: Path, mirror: str | None) -> None:
    """Sources, fetch settings of the host, and no daemon or cluster of the packages' own."""
    apt = root / "etc/apt"
    sources = apt_sources.read_sources()
    lines = [(apt / "sources.list").read_text("utf-8").strip()]
    lines += [
        f"deb {uri} {SUITE}-security main"
        for uri in apt_sources.mirrors(sources, security=True)[:1]
    ]
    (apt / "sources.list").write_text("".join(f"{line}\n" for line in lines))
    fetch = apt_sources.acquire_settings(watched.apt_dump())
    if mirror is not None and apt_sources.Source(mirror, SUITE, ("main",)).is_snapshot:
        fetch += 'Acquire::Check-Valid-Until "false";\n'
    (root / _FETCH_SETTINGS).write_text(fetch + 'Acquire::Languages "none";\n')
    (root / "etc/dpkg/dpkg.cfg.d/small").write_text(_SMALL_AND_FAST)
    policy = root / "usr/sbin/policy-rc.d"
    policy.write_text(NO_DAEMONS)
    policy.chmod(0o755)
    (root / "etc/postgresql-common").mkdir()
    (root / "etc/postgresql-common/createcluster.conf").write_text("create_main_cluster = false\n")
    for name in (*_COPIED, *re.findall(r'"/([^"]+)"', fetch)):
        if Path("/", name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(Path("/", name), root / name)


def _install_packages(root: Path, log: Path, progress: Progress) -> None:
    inside = [*watched.ALONE, "sh", "-c", _ENTER, "sh", str(root), "apt-get"]
    steps = watched.AptSteps(progress)
    progress.say("reading the package lists")
    if not watched.run([*inside, "update", "-q"], log):
        # A mirror without a security suite for this release: the base archive alone will do.
        lists = root / "etc/apt/sources.list"
        kept = [line for line in lists.read_text("utf-8").splitlines() if "-security" not in line]
        lists.write_text("".join(f"{line}\n" for line in kept))
        watched.run([*inside, "update", "-q"], log)
    install = [
        "install",
        "-q",
        "-y",
        "--no-install-recommends",
        "-o",
        "APT::Status-Fd=1",
        *PACKAGES,
    ]
    if not watched.run([*inside, *install], log, steps):
        _raise_if_full(root, log)
        raise CannotGoOnError(
            f"apt could not install the packages in the root folder (log: {log}), its words "
            f"were:\n  {tail(log)}"
        )
    watched.run([*inside, "clean"], log)
    (root / _FETCH_SETTINGS).unlink()  # a proxy's address may hold a password
    shutil.rmtree(root / "var/lib/apt/lists", ignore_errors=True)


def _raise_if_full(place: Path, log: Path) -> None:
    if "No space left on device" in tail(log):
        raise CannotGoOnError(
            f"the disk of {place.parent} became full: free {NEEDED_BYTES / 1e9:.1f} GB, "
            "or set CITYTWIN_CACHE_DIR to a folder on a larger disk"
        )
