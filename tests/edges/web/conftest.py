"""The console over the real flow and a real SQLite store, asked as a browser would, without one."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from litestar import Litestar
from tests.edges.api.house import House, open_house

from grantwire.adapters.outbound.certificate_end import certificate_end
from grantwire.adapters.vault.vault import open_vault
from grantwire.domain.secret import Secret
from grantwire.edges.api.app import build_app
from grantwire.edges.api.flows import ApiOptions
from grantwire.edges.web.app import console_routes
from grantwire.edges.web.faults import answer_lost
from grantwire.edges.web.flows import WebFlows
from grantwire.flow.drafts import Drafts
from grantwire.flow.health import CheckHealth
from grantwire.flow.live import Live
from grantwire.flow.past import Past
from grantwire.flow.retain import Retain
from grantwire.flow.roll_up import RollUp
from grantwire.flow.sign_in import SignIn
from grantwire.settings import Settings

EMAIL, PASSWORD = "admin@example.com", "correct horse"
HTML = {"Accept": "text/html"}


class PlainPasswords:
    async def hash(self, password: Secret) -> str:
        return password.reveal()[::-1]

    async def is_right(self, password: Secret, password_hash: str | None) -> bool:
        return password_hash is not None and password.reveal()[::-1] == password_hash


@dataclass
class Console:
    app: Litestar
    house: House
    browser: httpx.AsyncClient

    async def csrf(self, path: str) -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', (await self.browser.get(path)).text)
        assert found is not None
        return found[1]

    async def sign_in(self, password: str = PASSWORD, **fields: str) -> httpx.Response:
        form = {"csrf": await self.csrf("/sign-in"), "email": EMAIL, "password": password, **fields}
        return await self.browser.post("/sign-in", data=form)


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with open_house(tmp_path) as house:
        flows, clock, dice, facts = house.flows, house.flows.clock, house.flows.dice, house.facts
        sign_in = SignIn(
            store=house.store,
            passwords=PlainPasswords(),
            lasts=timedelta(hours=12),
            clock=clock,
            dice=dice,
            observer=facts,
        )
        await sign_in.make_first((EMAIL, Secret(PASSWORD)))
        web = WebFlows(
            configure=flows.configure,
            rehearse=flows.rehearse,
            look=flows.look,
            past=Past(house.store),
            replay=flows.replay,
            replays=flows.replays,
            targets=flows.targets,
            catalogue=flows.catalogue,
            roll_up=RollUp(store=house.store, clock=clock, observer=facts),
            retain=Retain(store=house.store, retention=Settings().retention, clock=clock, observer=facts),
            health=CheckHealth(
                store=house.store, roster=flows.configure._roster, clock=clock, certificate_end=certificate_end
            ),
            live=Live(clock=clock),
            sign=flows.rehearse._deliver._exchange._sign,
            sign_in=sign_in,
            drafts=Drafts(sealer=open_vault(tmp_path / "drafts.key"), clock=clock),
            credentials=flows.rehearse._deliver._exchange._credentials,
            observer=facts,
            clock=clock,
            dice=dice,
        )
        app = build_app(flows, ApiOptions(), beside=console_routes(web), answer_lost=answer_lost)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://grantwire", headers=HTML) as browser:
            yield Console(app, house, browser)
