"""What sends a request and says what came back.

In: a request. Out: a reply. Never: an exception for what the network does.
"""

from typing import Protocol

from grantwire.domain.credential import Credential
from grantwire.domain.exchange import Reply, Request
from grantwire.domain.target import Trust
from grantwire.domain.webhook import Timeouts


class Sender(Protocol):
    async def send(self, request: Request, timeouts: Timeouts, credential: Credential, trust: Trust) -> Reply:
        """One HTTP exchange; never raises for what the network does. `credential` matters only for a client
        certificate; headers are already in the request. `trust`: whose word on the target's identity counts."""

    async def close(self) -> None: ...
