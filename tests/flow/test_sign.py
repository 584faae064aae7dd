"""Signed deliveries over the whole trip: the same id on every attempt, rotation, keys that are not there."""

from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.flow.world import World, answer, open_world

from grantwire.domain.exchange import NotSent
from grantwire.domain.secret import Secret
from grantwire.domain.signing import Scheme, key_bytes
from grantwire.flow.configure import masked, shown
from grantwire.ports import DeliveryQuery

OLD = "whsec_" + b64encode(b"o" * 32).decode()
NEW = "whsec_" + b64encode(b"n" * 32).decode()
PRIVATE = "whsk_" + b64encode(b"p" * 32).decode()
NAMES = ("webhook-id", "webhook-timestamp", "webhook-signature")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        yield opened


def signatures(world: World) -> list[dict[str, str]]:
    return [{name: dict(request.headers)[name] for name in NAMES} for request in world.sender.sent]


async def test_every_attempt_has_the_id_of_its_delivery_and_its_own_time(world: World) -> None:
    await world.add(signing={"keys": [{"secret": OLD}]})
    world.sender.replies = [answer(500), answer()]
    async with world.working():
        (promise,) = await world.ingest.accept([world.event(id_="with.full.stops")])
        await world.facts.until("delivery.waiting")
        world.clock.advance(10)
        await world.facts.until("delivery.delivered")
    first, second = signatures(world)
    assert first["webhook-id"] == second["webhook-id"] == promise.deliveries[0].id
    assert "." not in first["webhook-id"]
    assert int(second["webhook-timestamp"]) == int(first["webhook-timestamp"]) + 10
    assert first["webhook-signature"] != second["webhook-signature"]


async def test_the_signature_is_on_record_and_the_key_is_not(world: World) -> None:
    webhook = await world.add(signing={"keys": [{"secret": OLD}]})
    async with world.working():
        await world.ingest.accept([world.event()])
        await world.facts.until("delivery.delivered")
    page = await world.look.deliveries(DeliveryQuery())
    (attempt,) = (await world.look.delivery(page.items[0].id)).attempts
    assert attempt.request is not None
    assert dict(attempt.request.headers)["webhook-signature"] == signatures(world)[0]["webhook-signature"]
    history = await world.configure.changes(webhook.id, limit=5)
    assert OLD not in f"{attempt} {history} {shown(webhook, masked)} {world.facts.noted}"


async def test_an_unsigned_webhook_sends_no_such_header(world: World) -> None:
    await world.add()
    async with world.working():
        await world.ingest.accept([world.event()])
        await world.facts.until("delivery.delivered")
    assert not {name.lower() for name, _ in world.sender.sent[0].headers} & set(NAMES)


async def test_in_the_grace_time_both_keys_sign_and_after_it_the_new_one_alone(world: World) -> None:
    await world.add(signing={"keys": [{"secret": NEW}, {"secret": OLD, "until": "2026-11-24T12:01:00Z"}]})
    async with world.working():
        await world.ingest.accept([world.event()])
        await world.facts.until("delivery.delivered")
        world.clock.advance(60)
        await world.ingest.accept([world.event()])
        await world.facts.until("delivery.delivered", 2)
    assert [len(one["webhook-signature"].split(" ")) for one in signatures(world)] == [2, 1]


async def test_with_no_key_left_nothing_goes_out_unsigned(world: World) -> None:
    await world.add(signing={"keys": [{"secret": OLD, "until": "2026-11-24T12:00:00Z"}]})
    async with world.working():
        await world.ingest.accept([world.event()])
        await world.facts.until("webhook.paused")
    assert world.sender.sent == []
    page = await world.look.deliveries(DeliveryQuery())
    assert "Every signing key of the webhook has ended" in page.items[0].why


@pytest.mark.parametrize("text", ["no key", "whsec_AAAA"])
async def test_what_stands_behind_a_reference_is_looked_at_when_it_is_used(
    world: World, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.add(signing={"keys": [{"secret": "${env:SIGNING_KEY}"}]})
    monkeypatch.setattr(world.credentials, "resolve", lambda _: text)
    attempt = await world.rehearse.send(await world.configure.webhook("tickets"), world.event())
    assert isinstance(attempt.reply, NotSent)
    assert attempt.why.startswith("What ${env:SIGNING_KEY} holds ")
    assert text not in attempt.why
    assert world.sender.sent == []


async def test_a_refused_token_is_renewed_and_the_second_request_signed_anew(world: World) -> None:
    auth = {"type": "oauth2", "token_url": "https://a.example.com/t", "client_id": "c", "client_secret": "s"}
    await world.add(auth=auth, signing={"keys": [{"secret": OLD}]})
    world.sender.replies = [answer(401, {}), answer()]
    async with world.working():
        await world.ingest.accept([world.event()])
        await world.facts.until("delivery.delivered")
    first, second = signatures(world)
    assert first["webhook-id"] == second["webhook-id"]
    assert all([name for name, _ in request.headers].count("webhook-signature") == 1 for request in world.sender.sent)


async def test_a_key_that_is_sent_back_as_its_mask_stays_wherever_it_stands_now(world: World) -> None:
    webhook = await world.add(signing={"keys": [{"secret": OLD}, {"secret": PRIVATE}]})
    definition = shown(webhook, masked)
    keys = definition["signing"]["keys"]
    definition["signing"] = {"keys": [{"secret": NEW}, keys[1], {**keys[0], "until": "2026-12-01T00:00:00Z"}]}
    saved = await world.configure.put("tickets", definition, expected_version=None)
    assert [key.secret.reveal() for key in saved.webhook.signing] == [NEW, PRIVATE, OLD]


async def test_fresh_and_public_keys(world: World) -> None:
    sign = world.rehearse._deliver._exchange._sign
    shared, private = sign.fresh(Scheme.HMAC_SHA256), sign.fresh(Scheme.ED25519)
    assert [key_bytes(one.reveal()).scheme for one in (shared, private)] == [Scheme.HMAC_SHA256, Scheme.ED25519]
    assert shared != sign.fresh(Scheme.HMAC_SHA256)
    assert (sign.public_key(private) or "").startswith("whpk_")
    assert sign.public_key(shared) is None
    assert sign.public_key(Secret("no key")) is None
