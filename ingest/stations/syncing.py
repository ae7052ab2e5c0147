"""Files are brought safely to disk, and done ones removed, in a thread that nobody waits for."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

_EVERY_SECONDS: Final = 1.0


class Syncer:
    """Syncs what was written at most once a second.

    Args:
        failed: is told when the disk refuses; what was written may then not survive a power cut.
    """

    def __init__(self, failed: Callable[[BaseException], None]) -> None:
        self._failed = failed
        self._lock = threading.Lock()
        self._written: set[int] = set()
        self._finished: list[int] = []
        self._done_with: list[Path] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="spool sync", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Sync what is left, and end."""
        self._stopping.set()
        self._thread.join()

    def written(self, descriptor: int) -> None:
        """Note that an open file has new content."""
        if descriptor not in self._written:
            with self._lock:
                self._written.add(descriptor)

    def finished(self, descriptor: int) -> None:
        """Sync a file for the last time and close it."""
        with self._lock:
            self._written.discard(descriptor)
            self._finished.append(descriptor)

    def remove(self, path: Path) -> None:
        """Delete a file whose content is no longer needed."""
        with self._lock:
            self._done_with.append(path)

    def _run(self) -> None:
        try:
            while not self._stopping.wait(_EVERY_SECONDS):
                self._once()
            self._once()
        except OSError as error:
            self._failed(error)

    def _once(self) -> None:
        with self._lock:
            written, self._written = self._written, set()
            finished, self._finished = self._finished, []
            done_with, self._done_with = self._done_with, []
        for descriptor in written:
            os.fsync(descriptor)
        for descriptor in finished:
            os.fsync(descriptor)
            os.close(descriptor)
        for path in done_with:
            path.unlink(missing_ok=True)
