"""Way out: the egress proxy, and how it is doing.

In: the settings of the proxy, faults and successes. Out: which route goes through it, how long to wait after a fault,
and what is wrong now. Never: a wait of its own.
"""

from dataclasses import dataclass
from time import perf_counter

from grantwire.adapters.outbound.tunnel import Proxy, ProxyFault
from grantwire.domain.egress import Egress
from grantwire.domain.exchange import NotSent

# The longer it is down, the less often each delivery asks: what waits may be much.
_SHORTEST_WAIT_SECONDS = 10.0
_LONGEST_WAIT_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class _Trouble:
    since: float
    why: str


class WayOut:
    def __init__(self, egress: Egress, proxy: Proxy) -> None:
        self._egress = egress
        self.proxy = proxy
        self._trouble: _Trouble | None = None

    def proxy_for(self, host: str) -> Proxy | None:
        return self.proxy if self._egress.serves(host) else None

    def failed(self, fault: ProxyFault) -> NotSent:
        now = perf_counter()
        since = now if self._trouble is None else self._trouble.since
        reply = fault.as_reply(
            self.proxy, again_seconds=min(max(_SHORTEST_WAIT_SECONDS, (now - since) / 2), _LONGEST_WAIT_SECONDS)
        )
        self._trouble = _Trouble(since, str(fault))
        return reply

    def worked(self) -> None:
        self._trouble = None

    def trouble(self) -> str | None:
        """What the last request through it met; None when that went well."""
        return None if self._trouble is None else self._trouble.why
