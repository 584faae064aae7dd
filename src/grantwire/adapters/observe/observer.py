"""Observer: facts go to the log, the counters and, if wanted, the spans.

In: a fact by name with ids, durations and a why. Out: the same to every listener.
Never: an exception into the flow, or a wait.
"""

from collections.abc import Awaitable, Callable
from typing import BinaryIO

from grantwire.adapters.observe.counters import Counters
from grantwire.adapters.observe.log_lines import LogLines
from grantwire.adapters.observe.plain import spread_reply
from grantwire.adapters.observe.spans import Spans
from grantwire.ports import Backlog


class FactObserver:
    """Fills the port `Observer`. `level` is that of the log; counters and spans hear everything."""

    def __init__(
        self, *, level: str = "info", otlp_endpoint: str | None = None, stream: BinaryIO | None = None
    ) -> None:
        self._log = LogLines(level, stream)
        self._counters = Counters()
        self._spans = Spans(otlp_endpoint) if otlp_endpoint else None

    def note(self, fact: str, **facts: object) -> None:
        self._counters.note(fact, facts)
        if self._spans is None and not self._log.wants(fact):
            return
        spread = spread_reply(facts)
        self._log.note(fact, spread)
        if self._spans is not None:
            self._spans.note(fact, spread)

    async def metrics(self, backlog: Callable[[], Awaitable[Backlog]]) -> tuple[bytes, str]:
        """The Prometheus text and its content type; asks for the backlog once."""
        return await self._counters.text(backlog)

    def close(self) -> None:
        """Writes what is still gathered."""
        if self._spans is not None:
            self._spans.close()
        self._log.close()
