"""A sandbox of its own for every test, on a free port, and a client that says little."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from grantwire.sandbox.options import SandboxOptions
from grantwire.sandbox.serve import Running, serve

BASIC = "Basic " + base64.b64encode(b"admin:admin").decode()
INCIDENT = "/api/now/table/incident"


@dataclass(frozen=True)
class Got:
    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def result(self) -> Any:
        return self.json["result"]

    @property
    def text(self) -> str:
        return self.body.decode()


class Client:
    """Calls the sandbox as `admin`, without keeping cookies; `auth=None` calls as nobody."""

    def __init__(self, session: aiohttp.ClientSession, running: Running) -> None:
        self.session = session
        self.running = running
        self.url = running.url

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        auth: str | None = BASIC,
        headers: dict[str, str] | None = None,
        data: Any = None,
        params: dict[str, str] | None = None,
    ) -> Got:
        sent = dict(headers or {})
        if auth:
            sent.setdefault("Authorization", auth)
        if body is not None:
            data = json.dumps(body)
            sent.setdefault("Content-Type", "application/json")
        async with self.session.request(
            method, self.url + path, data=data, headers=sent, params=params, allow_redirects=False
        ) as response:
            return Got(response.status, response.headers.copy(), await response.read())

    async def create(self, fields: dict[str, Any], table: str = "incident") -> dict[str, Any]:
        got = await self.call("POST", f"/api/now/table/{table}", fields)
        assert got.status == 201, got.text
        return got.result

    async def find(self, query: str, table: str = "incident") -> list[dict[str, Any]]:
        got = await self.call("GET", f"/api/now/table/{table}", params={"sysparm_query": query})
        assert got.status == 200, got.text
        return got.result

    async def numbers(self, query: str) -> list[str]:
        return [each["short_description"] for each in await self.find(query)]

    async def change(self, sys_id: str, fields: dict[str, Any]) -> Got:
        return await self.call("PATCH", f"{INCIDENT}/{sys_id}", fields)

    async def token(self, **form: str) -> Got:
        client = {"client_id": "sandbox-client", "client_secret": "sandbox-secret"}
        return await self.call("POST", "/oauth_token.do", auth=None, data={**client, **form})

    async def fault(self, **definition: Any) -> Any:
        got = await self.call("POST", "/sandbox/faults", definition, auth=None)
        assert got.status == 201, got.text
        return got.json["faults"][0]

    async def properties(self, **values: Any) -> None:
        got = await self.call("PATCH", "/sandbox/properties", {k.replace("__", "."): v for k, v in values.items()})
        assert got.status == 200, got.text

    async def total(self) -> int:
        return (await self.call("GET", "/sandbox/incidents", auth=None)).json["total"]


class Served:
    """Runs a sandbox in this very loop and stops it."""

    def __init__(self, options: SandboxOptions) -> None:
        self._options = options
        self._stop = asyncio.Event()

    async def __aenter__(self) -> Running:
        opened: asyncio.Future[Running] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(serve(self._options, started=opened.set_result, stop=self._stop))
        await asyncio.wait([self._task, opened], return_when=asyncio.FIRST_COMPLETED)
        return await opened if opened.done() else await self._task

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        await self._task


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with (
        Served(SandboxOptions(port=0, seed=7)) as running,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), max_field_size=200_000) as session,
    ):
        yield Client(session, running)
