"""The checkup finds what is wrong and says what to do."""

import re
from pathlib import Path

import pytest
from tests.flow.world import World, open_world

from grantwire.domain.exchange import Fault, NoResponse, NotSent, Timings
from grantwire.domain.retention import Removed, Retention, Sweep
from grantwire.flow.checkup import Checkup

OAUTH = {
    "type": "oauth2",
    "grant": "client_credentials",
    "token_url": "https://acme.example.com/oauth_token.do",
    "client_id": "abc",
    "client_secret": "very-secret",
}


@pytest.fixture
async def world(tmp_path: Path):
    async with open_world(tmp_path) as opened:
        yield opened


async def findings(world: World):
    checkup = Checkup(
        store=world.store,
        sender=world.sender,
        credentials=world.credentials,
        clock=world.clock,
        retention=Retention(events=400, deliveries=400, attempts=0, payloads=90),
    )
    return {found.subject: found for found in await checkup.findings()}


async def test_a_healthy_installation_has_nothing_to_cure(world: World) -> None:
    await world.add(auth=OAUTH)
    await world.store.put_api_key(b"d" * 32, name="first", now=world.clock.now())
    found = await findings(world)
    assert [one.subject for one in found.values() if not one.is_fine] == []
    assert found["token of tickets"].text == "can be obtained"


async def test_a_target_that_does_not_answer_is_told_with_its_cure(world: World) -> None:
    await world.add()
    world.sender.replies = [NoResponse(Fault.DNS, "the name is not known", Timings(1.0), may_have_arrived=False)]
    found = (await findings(world))["target https://acme.example.com:443"]
    assert not found.is_fine
    assert "resolves" in found.cure


async def test_an_egress_proxy_that_is_down_is_told_and_not_laid_at_the_target_s_door(world: World) -> None:
    await world.add()
    world.sender.replies = [NotSent("Not sent: the egress proxy is down.", "", is_passing=True, is_ours=True)]

    async def ask_proxy() -> tuple[str, str]:
        return "http://proxy:3128", "cannot be reached"

    checkup = Checkup(
        store=world.store,
        sender=world.sender,
        credentials=world.credentials,
        clock=world.clock,
        retention=Retention(events=400, deliveries=400, attempts=0, payloads=90),
        ask_proxy=ask_proxy,
    )
    found = {one.subject: one for one in await checkup.findings()}
    assert "GRANTWIRE_EGRESS_PROXY" in found["egress proxy http://proxy:3128"].cure
    assert "Mend the egress proxy" in found["target https://acme.example.com:443"].cure


async def test_an_address_that_is_not_allowed_is_cured_by_allowing_it(world: World) -> None:
    await world.add()
    world.sender.replies = [NoResponse(Fault.ADDRESS, "not public", Timings(1.0), may_have_arrived=False)]
    assert "GRANTWIRE_ALLOWED_ORIGINS" in (await findings(world))["target https://acme.example.com:443"].cure


async def test_a_token_that_is_refused_a_paused_webhook_and_a_missing_key_are_told(world: World) -> None:
    webhook = await world.add(auth=OAUTH)
    world.credentials.refusal = NotSent("the token endpoint refused the secret", "401", pauses_webhook=True)
    await world.configure.pause(webhook.id, "the token is refused")
    found = await findings(world)
    assert {"token of tickets", "webhook tickets", "API keys"} <= {s for s, one in found.items() if not one.is_fine}
    assert "resume" in found["webhook tickets"].cure


async def test_it_says_what_is_kept_and_when_the_last_sweep_was(world: World) -> None:
    found = (await findings(world))["retention"]
    assert found.text.endswith(
        "kept: events 400 days, deliveries 400 days, attempts for ever, payloads 90 days; nothing was swept yet"
    )
    assert found.is_fine
    await world.store.note_sweep(Sweep(world.clock.now(), Removed()))
    assert (await findings(world))["retention"].text.endswith("last swept 2026-11-24 12:00:00 UTC")
    world.clock.advance(3 * 86_400)
    assert "serve" in (await findings(world))["retention"].cure


async def test_it_says_how_large_the_file_is_and_how_much_of_it_is_free(world: World) -> None:
    text = (await findings(world))["database file"].text
    assert re.fullmatch(r"0\.[1-9] MiB, 0\.0 MiB of it free", text)
