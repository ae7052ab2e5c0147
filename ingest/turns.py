"""How the threads of ingest share the interpreter, and when it looks for cycles of objects.

One thread reads the broker's socket without a pause, one decodes, and one stores and waits for
PostgreSQL some twenty times in each batch. Each time it comes back it waits for the interpreter's
lock: by default up to 5 ms, which made a tenth of a second of a batch.
"""

import gc
import sys
import time

import structlog

_log = structlog.get_logger()

_SWITCH_S = 0.001
_YOUNG_EVERY_S = 30.0
_ALL_EVERY_S = 600.0
_LONG_S = 0.5


class Turns:
    """Sets the interpreter up for a process of ingest.

    A batch makes and frees tens of thousands of objects, of which next to none are in cycles, and a
    look at those that are alive takes up to a tenth of a second. So the collector is off, and looks
    are few.
    """

    def __init__(self) -> None:
        self._next_young = 0.0
        self._next_all = 0.0

    def begin(self) -> None:
        """Switch threads soon, and leave what the start made out of all later looks."""
        sys.setswitchinterval(_SWITCH_S)
        gc.disable()
        gc.collect()
        gc.freeze()
        self._next_young = time.monotonic() + _YOUNG_EVERY_S
        self._next_all = time.monotonic() + _ALL_EVERY_S

    def tick(self) -> None:
        """Look for cycles where it is time: among what is new, or all that came since the start."""
        started = time.monotonic()
        if started < self._next_young:
            return
        self._next_young = started + _YOUNG_EVERY_S
        if started < self._next_all:
            gc.collect(0)
            return
        gc.collect()
        # What is alive now is left out from here on, so that this does not take ever longer.
        gc.freeze()
        took_s = time.monotonic() - started
        if took_s > _LONG_S:
            _log.warning("looking for cycles of objects took long", seconds=round(took_s, 2))
        self._next_all = time.monotonic() + _ALL_EVERY_S
