"""The private PostgreSQL cluster."""

import os
import shutil
import signal
from pathlib import Path

from private_services import processes
from private_services.chamber import Chamber
from private_services.problems import CannotGoOnError
from private_services.progress import Progress
from private_services.state import ADMIN, DATABASE, OWNER, State

NAME = "postgres"
_BIN = "/usr/lib/postgresql/17/bin"
_START_SECONDS = 600.0  # a recovery after a crash may read gigabytes
_STOP_SECONDS = 60.0
_LOG_BYTES = 20_000_000
_GIGABYTE = 1024**3
_NEEDED_BYTES = 500_000_000
_STATUS_LINE = 7  # of postmaster.pid, counted from nought
_HBA = "host all all all scram-sha-256\n"  # from where, is a matter of listen_addresses
# Each statement may be repeated. The password comes by the environment: others cannot read that.
_ROLES = r"""
SET log_min_error_statement = panic;
\getenv password OWNER_PASSWORD
SELECT format('CREATE ROLE %I LOGIN', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'owner') \gexec
ALTER ROLE :"owner" PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
"""
# TimescaleDB's own job that trims its job history needs the community edition: elsewhere it only
# fills the log with errors.
_EXTENSIONS = """
CREATE EXTENSION IF NOT EXISTS timescaledb;
UPDATE _timescaledb_config.bgw_job SET scheduled = false
WHERE proc_name = 'policy_job_stat_history_retention'
AND current_setting('timescaledb.license') = 'apache';
CREATE EXTENSION IF NOT EXISTS postgis;
CREATE EXTENSION IF NOT EXISTS pgrouting;
CREATE EXTENSION IF NOT EXISTS btree_gist;
"""


class Cluster:
    """One data folder and the server that runs on it."""

    def __init__(self, state: State, *, fsync: bool = True) -> None:
        self._state = state
        self._fsync = fsync
        self.folder = state.folder / NAME
        self.data = self.folder / "data"
        self.log = state.logs / "postgres.log"
        self._prepared = self.folder / "prepared"

    def pid(self) -> int | None:
        """The server's process, if it runs."""
        return processes.main_process(self.data, "postgres")

    def port(self) -> int | None:
        """The port that it was last started on."""
        return _number_after(self.data / "citytwin.conf", "port = ")

    def start(self, root: Path | None, port: int, bind: str, progress: Progress) -> int:
        """Start, making the cluster first if there is none; returns the process."""
        chamber = Chamber(root, "postgres", self.folder)
        chamber.prepare()
        processes.end_leftovers(self.data)  # children of a killed server, ending by themselves
        if not self.data.is_dir():
            self._initialise(chamber, progress)
        self._configure(chamber, port, bind)
        # Nobody works in the folder: a process number left by a crash may be anybody's by now.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        progress.say(f"starting PostgreSQL on port {port}")
        processes.rotate(self.log, _LOG_BYTES)
        server = chamber.launch([f"{_BIN}/postgres", "-D", str(chamber.inside / "data")], self.log)
        with processes.ended_on_failure(server, self.stop):
            start = processes.Start("PostgreSQL", server, self.log, _START_SECONDS)
            start.wait(lambda: self._ready(server.pid), progress)
            self._prepare_database(chamber, port, progress)
        return server.pid

    def stop(self) -> bool:
        """End the server in order; False when force was needed."""
        return processes.stop(self.data, "postgres", signal.SIGINT, _STOP_SECONDS)

    def _initialise(self, chamber: Chamber, progress: Progress) -> None:
        free = shutil.disk_usage(self.folder).free
        if free < _NEEDED_BYTES:
            raise CannotGoOnError(
                f"only {free / 1e9:.1f} GB are free at {self.folder} and a database needs "
                f"{_NEEDED_BYTES / 1e9:.1f} GB: free some space, or set CITYTWIN_STATE_DIR "
                "to a folder on a larger disk"
            )
        progress.say(f"making a database cluster in {self.folder}")
        self._prepared.unlink(missing_ok=True)
        inside = chamber.inside
        fresh = self.folder / "data.unfinished"
        chamber.run(["rm", "-rf", str(inside / fresh.name)])
        password = self.folder / "password"
        self._state.write_private(password, self._state.secret(f"postgres-{ADMIN}"))
        os.chown(password, *chamber.ids())
        try:
            chamber.run(
                [
                    *(f"{_BIN}/initdb", "-D", str(inside / fresh.name), "--username", ADMIN),
                    *(
                        "--pwfile",
                        str(inside / password.name),
                        "--auth",
                        "scram-sha-256",
                        "--data-checksums",
                    ),
                    *([] if self._fsync else ["--no-sync"]),
                    *("--encoding", "UTF8", "--locale-provider", "builtin", "--locale", "C.UTF-8"),
                ]
            )
        finally:
            password.unlink()
        with (fresh / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write("include 'citytwin.conf'\n")
        (fresh / "pg_hba.conf").write_text(_HBA)
        fresh.rename(self.data)

    def _configure(self, chamber: Chamber, port: int, bind: str) -> None:
        conf = self.data / "citytwin.conf"
        conf.write_text(server_settings(port, bind, _memory(), fsync=self._fsync))
        os.chown(conf, *chamber.ids())

    def _ready(self, pid: int) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text("utf-8").splitlines()
        except FileNotFoundError:
            return False
        return (
            len(lines) > _STATUS_LINE
            and lines[0] == str(pid)
            and lines[_STATUS_LINE].strip() == "ready"
        )

    def _prepare_database(self, chamber: Chamber, port: int, progress: Progress) -> None:
        """Roles, database and extensions; each step may be repeated after an interruption."""
        if self._prepared.exists():
            return
        progress.say("making the database and its extensions")
        environment = {
            "PGPASSWORD": self._state.secret(f"postgres-{ADMIN}"),
            "OWNER_PASSWORD": self._state.secret(f"postgres-{OWNER}"),
        }
        psql = [
            f"{_BIN}/psql",
            "-XqAt",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            "127.0.0.1",
            "-p",
            str(port),
            "-U",
            ADMIN,
        ]
        psql += ["-v", f"owner={OWNER}", "-v", f"database={DATABASE}"]
        chamber.run([*psql, "-d", "postgres"], text=_ROLES, environment=environment)
        chamber.run([*psql, "-d", DATABASE], text=_EXTENSIONS, environment=environment)
        self._prepared.touch()


def server_settings(port: int, bind: str, memory: int, *, fsync: bool = True) -> str:
    """The part of the server's configuration that is ours, for a machine with this many bytes."""
    shared = min(memory // 8, 2 * _GIGABYTE) // 1024**2
    durable = "on" if fsync else "off"
    return f"""\
# Written by scripts/services up; changes are lost at the next one.
listen_addresses = '{bind}'
port = {port}
unix_socket_directories = ''
max_connections = 200
password_encryption = 'scram-sha-256'
shared_preload_libraries = 'timescaledb'
timescaledb.telemetry_level = off
timescaledb.max_background_workers = 16
max_worker_processes = 40
max_locks_per_transaction = 256
shared_buffers = {shared}MB
effective_cache_size = {memory // 2 // 1024**2}MB
maintenance_work_mem = 256MB
work_mem = 32MB
random_page_cost = 1.1
jit = off
fsync = {durable}
full_page_writes = {durable}
synchronous_commit = on
max_wal_size = 16GB
min_wal_size = 1GB
# Writing zeros into each new segment first stops all commits for a twentieth of a second.
wal_init_zero = off
checkpoint_timeout = 15min
bgwriter_lru_maxpages = 1000
checkpoint_completion_target = 0.9
wal_compression = lz4
# So that the delay from a measurement to its commit can be asked for.
track_commit_timestamp = on
log_line_prefix = '%m [%p] %q%u@%d '
log_timezone = 'UTC'
timezone = 'UTC'
"""


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _number_after(path: Path, beginning: str) -> int | None:
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return None
    return next(
        (int(line.removeprefix(beginning)) for line in lines if line.startswith(beginning)), None
    )
