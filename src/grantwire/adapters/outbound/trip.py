"""Trip: what one send went through, noted where it happens, at the price of a few clock readings.

In: the start of a send. Out: its timings, and how far the request came. Never: a wait.
"""

from time import perf_counter

from grantwire.domain.exchange import Timings
from grantwire.domain.webhook import Timeouts


class Trip:
    """Seconds on the finest clock (uvloop's own counts whole milliseconds); a stage that did not happen stays None."""

    __slots__ = ("began", "connected", "first_byte", "is_written", "resolved", "tcp_connected", "tls_connected")

    def __init__(self) -> None:
        self.began = perf_counter()
        self.resolved: float | None = None
        self.tcp_connected: float | None = None
        self.tls_connected: float | None = None
        self.connected: float | None = None
        self.is_written = False
        self.first_byte: float | None = None

    def note_connected(self) -> None:
        self.connected = perf_counter()

    def seconds_left(self, timeouts: Timeouts) -> float:
        """Of the total timeout."""
        return max(0.0, timeouts.total.total_seconds() - (perf_counter() - self.began))

    def timings(self) -> Timings:
        total_ms = self._ms(perf_counter())
        first_byte_ms = None if self.first_byte is None else self._ms(self.first_byte)
        if self.resolved is None:
            return Timings(total_ms, None, None, None, first_byte_ms)
        return Timings(
            total_ms,
            dns_ms=self._ms(self.resolved),
            connect_ms=None if self.tcp_connected is None else self._ms(self.tcp_connected),
            tls_ms=None if self.tls_connected is None else self._ms(self.tls_connected),
            first_byte_ms=first_byte_ms,
        )

    def _ms(self, at: float) -> float:
        return int((at - self.began) * 1e6) / 1000  # whole microseconds; faster than round()
