from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.adapters.outbound.servers import Identity, identity

from grantwire.adapters.outbound.sender import HttpSender
from grantwire.domain.allowance import Allowance
from grantwire.domain.credential import Credential, NoCredential
from grantwire.domain.exchange import Reply, Request
from grantwire.domain.target import Method, Origin
from grantwire.domain.webhook import Timeouts

NOBODY = NoCredential()
QUICK = Timeouts(total=timedelta(seconds=5), connect=timedelta(seconds=2))


@pytest.fixture(scope="session")
def authority() -> Identity:
    return identity("tests authority")


@pytest.fixture
def ca_file(authority: Identity, tmp_path: Path) -> Path:
    file = tmp_path / "ca.pem"
    file.write_text(authority.certificate_pem)
    return file


class Way:
    """A sender whose allowance is given origin by origin."""

    def __init__(self, ca_file: Path) -> None:
        self._ca_file = ca_file
        self._senders: dict[tuple[str, ...], HttpSender] = {}

    def sender(self, *origins: str) -> HttpSender:
        if origins not in self._senders:
            self._senders[origins] = HttpSender(Allowance.of(origins), extra_ca_file=self._ca_file)
        return self._senders[origins]

    async def post(
        self,
        origin: str,
        *,
        path: str = "/api/now/table/incident",
        method: Method = Method.POST,
        body: bytes = b'{"a": 1}',
        headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),),
        timeouts: Timeouts = QUICK,
        credential: Credential = NOBODY,
    ) -> Reply:
        request = Request(method, origin + path, headers, body, Origin.of(origin))
        return await self.sender(origin).send(request, timeouts, credential)

    async def close(self) -> None:
        for sender in self._senders.values():
            await sender.close()


@pytest.fixture
async def way(ca_file: Path) -> AsyncIterator[Way]:
    found = Way(ca_file)
    yield found
    await found.close()
