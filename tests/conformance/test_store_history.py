"""The store, the history of webhooks: written with the change, or not at all."""

import pytest
from tests.conformance.store_world import StoreWorld

from grantwire.domain.change import What, change_of
from grantwire.domain.errors import Refused


async def test_a_change_is_on_record_with_the_version_it_led_to(world: StoreWorld) -> None:
    webhook = world.webhook()
    change = change_of(None, webhook, by="maeve@example.com")
    saved = await world.store.put_webhook(webhook, expected_version=0, now=world.clock.now(), change=change)
    await world.store.delete_webhook(saved.id, change=change_of(saved, None, by="API key first"))
    page = await world.store.webhook_changes(saved.id, limit=10)
    assert [(one.change.what, one.change.by, one.version) for one in page.items] == [
        (What.DELETED, "API key first", 1),
        (What.CREATED, "maeve@example.com", 1),
    ]
    assert page.items[0].change.after is None
    assert page.items[1].change.after == change.after
    assert page.items[1].at == world.clock.now()


async def test_a_change_that_is_refused_leaves_no_record(world: StoreWorld) -> None:
    webhook = world.webhook()
    saved = await world.store.put_webhook(webhook, expected_version=0, now=world.clock.now())
    with pytest.raises(Refused):
        await world.store.put_webhook(
            saved, expected_version=7, now=world.clock.now(), change=change_of(webhook, saved, by="somebody")
        )
    assert (await world.store.webhook_changes(saved.id, limit=10)).items == ()


async def test_the_history_comes_in_pages(world: StoreWorld) -> None:
    webhook = world.webhook()
    for _ in range(5):
        change = change_of(webhook, webhook, by="maeve@example.com")
        webhook = await world.store.put_webhook(webhook, expected_version=None, now=world.clock.now(), change=change)
    first = await world.store.webhook_changes(webhook.id, limit=3)
    rest = await world.store.webhook_changes(webhook.id, limit=3, after=first.after)
    assert [one.version for one in (*first.items, *rest.items)] == [5, 4, 3, 2, 1]
    assert rest.after is None
