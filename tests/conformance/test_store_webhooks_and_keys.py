"""Store port: webhooks, API keys, tokens, the check."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.conformance.store_world import StoreWorld

from grantwire.adapters.vault.vault import open_vault
from grantwire.domain.credential import ApiKey, Basic, Bearer, ClientCertificate, Credential, Grant, OAuth2
from grantwire.domain.errors import Broken, NotNow, Refusal, Refused
from grantwire.domain.filter import Clause, Dimension, Filters
from grantwire.domain.retry import RetryPolicy
from grantwire.domain.secret import Secret
from grantwire.domain.signing import SigningKey
from grantwire.domain.target import Header, Method, Target
from grantwire.domain.webhook import Limits, ResponseValidator, Timeouts

SECRET = "correct horse battery staple"
HEADERS = (Header("X-Team", "iam"), Header("X-Api-Key", Secret(SECRET)), Header("X-Odd", Secret(SECRET)))
SIGNING = (SigningKey(Secret(SECRET)), SigningKey(Secret("${env:KEY}"), datetime(2026, 12, 1, tzinfo=UTC)))
CREDENTIALS: list[Credential] = [
    Bearer(Secret(SECRET)),
    Bearer(Secret("${env:SN_TOKEN}")),
    Basic("ann", Secret(SECRET)),
    ApiKey("x-sn-apikey", Secret(SECRET)),
    OAuth2(
        Grant.PASSWORD,
        "https://acme.service-now.com/oauth_token.do",
        "id",
        Secret(SECRET),
        username="ann",
        password=Secret(SECRET),
    ),
    ClientCertificate("-----BEGIN CERTIFICATE-----", Secret("${file:/run/secrets/key.pem}")),
]


@pytest.mark.parametrize("credential", CREDENTIALS)
async def test_a_webhook_is_read_back_as_it_was_put(world: StoreWorld, credential: Credential) -> None:
    webhook = world.webhook(
        credential=credential,
        signing=SIGNING,
        target=Target(Method.PUT, "https://acme.example/{{ id }}", HEADERS),
        filters=Filters((Clause(Dimension.INTEGRATION, ("prod db",)),), "data.n > 3"),
        body='{"a": "{{ b }}"}',
        validators=(ResponseValidator("$.result.number", ("x",)),),
        timeouts=Timeouts(timedelta(seconds=7.5), timedelta(seconds=2), timedelta(seconds=3)),
        retry=RetryPolicy(attempts=3, steps_seconds=(1.5, 20)),
        limits=Limits(4, 600),
        active=False,
        paused_why="the token was refused",
    )
    assert await world.store.put_webhook(webhook, expected_version=0, now=world.clock.now()) == webhook
    assert await world.store.webhooks() == [webhook]


async def test_no_secret_of_a_webhook_or_token_is_in_the_files(world: StoreWorld) -> None:
    for number, credential in enumerate(CREDENTIALS):
        await world.store.put_webhook(
            world.webhook(f"w {number}", credential=credential, signing=SIGNING),
            expected_version=0,
            now=world.clock.now(),
        )
    await world.store.put_token("key", Secret(SECRET), ends_at=world.clock.now())
    await world.store.close()
    await world.open()
    for file in world.folder.iterdir():
        assert SECRET.encode() not in file.read_bytes()


async def test_webhooks_come_by_name(world: StoreWorld) -> None:
    for name in ("b", "c", "a"):
        await world.store.put_webhook(world.webhook(name), expected_version=None, now=world.clock.now())
    assert [webhook.name for webhook in await world.store.webhooks()] == ["a", "b", "c"]


async def test_each_change_is_a_version(world: StoreWorld) -> None:
    webhook = await world.store.put_webhook(world.webhook(), expected_version=0, now=world.clock.now())
    renamed = replace(webhook, name="another name")
    assert (await world.store.put_webhook(renamed, expected_version=1, now=world.clock.now())).version == 2
    assert (await world.store.put_webhook(renamed, expected_version=None, now=world.clock.now())).version == 3
    assert await world.store.webhooks() == [replace(renamed, version=3)]


async def test_of_two_changes_to_one_version_one_is_refused(world: StoreWorld) -> None:
    webhook = await world.store.put_webhook(world.webhook(), expected_version=0, now=world.clock.now())
    changes = [world.store.put_webhook(webhook, expected_version=1, now=world.clock.now()) for _ in range(2)]
    answers = await asyncio.gather(*changes, return_exceptions=True)
    [refused] = [answer for answer in answers if isinstance(answer, Refused)]
    assert refused.why is Refusal.PRECONDITION_FAILED
    assert (await world.store.webhooks())[0].version == 2


async def test_a_webhook_that_exists_is_not_created_again(world: StoreWorld) -> None:
    webhook = await world.store.put_webhook(world.webhook(), expected_version=0, now=world.clock.now())
    with pytest.raises(Refused, match="exists already") as refused:
        await world.store.put_webhook(webhook, expected_version=0, now=world.clock.now())
    assert refused.value.why is Refusal.CONFLICT


async def test_a_name_belongs_to_one_webhook(world: StoreWorld) -> None:
    await world.store.put_webhook(world.webhook("a"), expected_version=0, now=world.clock.now())
    other = await world.store.put_webhook(world.webhook("b"), expected_version=0, now=world.clock.now())
    for webhook, version in ((world.webhook("a"), 0), (replace(other, name="a"), 1)):
        with pytest.raises(Refused, match="name is taken") as refused:
            await world.store.put_webhook(webhook, expected_version=version, now=world.clock.now())
        assert refused.value.why is Refusal.CONFLICT
        assert refused.value.problems[0].path == "name"


async def test_a_webhook_that_is_gone_is_not_changed(world: StoreWorld) -> None:
    webhook = await world.store.put_webhook(world.webhook(), expected_version=0, now=world.clock.now())
    await world.store.delete_webhook(webhook.id)
    assert await world.store.webhooks() == []
    with pytest.raises(Refused, match="is gone"):
        await world.store.put_webhook(webhook, expected_version=1, now=world.clock.now())


async def test_a_refused_change_does_not_touch_the_work_that_shares_its_commit(world: StoreWorld) -> None:
    await world.store.put_webhook(world.webhook("a"), expected_version=0, now=world.clock.now())
    accept = world.store.accept([world.admission(world.delivery(), event_id="evt_a")])
    refused = world.store.put_webhook(world.webhook("a"), expected_version=0, now=world.clock.now())
    put = world.store.put_webhook(world.webhook("b"), expected_version=0, now=world.clock.now())
    answers = await asyncio.gather(accept, refused, put, return_exceptions=True)
    assert isinstance(answers[1], Refused)
    assert [webhook.name for webhook in await world.store.webhooks()] == ["a", "b"]
    assert len(await world.claim()) == 1


async def test_an_api_key_is_known_by_its_hash(world: StoreWorld) -> None:
    await world.store.put_api_key(b"1" * 32, name="ci", now=world.clock.now())
    await world.store.put_api_key(b"2" * 32, name="ann", now=world.clock.now())
    await world.store.put_api_key(b"2" * 32, name="Ann", now=world.clock.now())
    assert await world.store.api_key_names() == {b"1" * 32: "ci", b"2" * 32: "Ann"}


async def test_a_token_is_kept_until_it_is_dropped(world: StoreWorld) -> None:
    assert await world.store.token("a") is None
    for text in ("first", "second"):
        await world.store.put_token("a", Secret(text), ends_at=world.clock.now())
        assert await world.store.token("a") == (Secret(text), world.clock.now())
    await world.store.drop_token("a")
    assert await world.store.token("a") is None


async def test_the_check_passes_on_a_store_that_works_and_not_on_a_closed_one(world: StoreWorld) -> None:
    await world.store.check()
    await world.store.close()
    with pytest.raises(NotNow):
        await world.store.check()
    await world.open()


async def test_a_close_finishes_what_was_asked_for(world: StoreWorld) -> None:
    calls = [asyncio.ensure_future(world.store.accept([world.admission(event_id=f"evt_{n}")])) for n in range(50)]
    await asyncio.sleep(0)
    await world.store.close()
    assert len(await asyncio.gather(*calls)) == 50
    await world.open()
    assert await world.store.event(calls[49].result()[0].event_id) is not None


async def test_another_key_file_opens_no_secret(world: StoreWorld) -> None:
    await world.store.put_webhook(world.webhook(credential=CREDENTIALS[0]), expected_version=0, now=world.clock.now())
    world.vault = open_vault(world.folder / "another.key")
    await world.crash()
    with pytest.raises(Broken, match="Restore the key file"):
        await world.store.webhooks()
