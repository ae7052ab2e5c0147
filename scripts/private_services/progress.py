"""Says on standard error what is being done and how far it is."""

import sys
import time
from dataclasses import dataclass, field

_QUIET_SECONDS = 3.0


@dataclass(slots=True)
class Progress:
    """Simple lines with the seconds since the start; the same text is not repeated."""

    started: float = field(default_factory=time.monotonic)
    _last_text: str = ""
    _last_time: float = field(default_factory=time.monotonic)

    def say(self, text: str) -> None:
        """Print one line now."""
        if text == self._last_text:
            return
        now = time.monotonic()
        self._last_text, self._last_time = text, now
        sys.stderr.write(f"[{now - self.started:4.0f} s] {text}\n")

    def tick(self, text: str) -> None:
        """Print one line, unless another was printed within the last three seconds."""
        if time.monotonic() - self._last_time >= _QUIET_SECONDS:
            self.say(text)
