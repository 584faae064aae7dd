"""The history of a webhook says what a change was, and gives no secret away."""

import pytest

from grantwire.domain.allowance import Allowance
from grantwire.domain.change import What, change_of
from grantwire.domain.definition import read_definition
from grantwire.domain.webhook import Webhook, WebhookId


def webhook(token: str = "first-secret", *, paused_why: str | None = None, **changes: object) -> Webhook:  # noqa: S107
    raw = {
        "name": "tickets",
        "url": "https://acme.example.com/hook",
        "auth": {"type": "bearer", "token": token},
        "body": "{}",
        "triggers": ["RequestCreated"],
        **changes,
    }
    return read_definition(raw, id=WebhookId("whk_1"), allowance=Allowance(), paused_why=paused_why)


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        (None, webhook(), What.CREATED),
        (webhook(), webhook(active=False), What.CHANGED),
        (webhook(), webhook(paused_why="token refused"), What.PAUSED),
        (webhook(paused_why="token refused"), webhook(), What.RESUMED),
        (webhook(), None, What.DELETED),
    ],
)
def test_what_a_change_was_follows_from_before_and_after(
    before: Webhook | None, after: Webhook | None, what: What
) -> None:
    assert change_of(before, after, by="maeve@example.com").what is what


def test_a_secret_is_masked_and_a_new_one_is_said_to_be_new() -> None:
    change = change_of(webhook(), webhook("second-secret"), by="maeve@example.com")
    assert "secret" not in str(change).replace("secret_", "")
    assert change.before is not None
    assert change.after is not None
    assert change.before["auth"]["token"] == "•••"
    assert change.after["auth"]["token"] == "••• (new)"
    kept = change_of(webhook(), webhook(method="PUT"), by="maeve@example.com")
    assert kept.after is not None
    assert kept.after["auth"]["token"] == "•••"


def test_a_reference_is_shown_as_it_is() -> None:
    change = change_of(webhook(), webhook("${env:TOKEN}"), by="maeve@example.com")
    assert change.after is not None
    assert change.after["auth"]["token"] == "${env:TOKEN}"
