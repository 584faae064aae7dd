"""Roster: the webhooks as this process knows them, compiled and ready to fire.

In: webhooks from the store. Out: which of them a type of event may concern, and each by id or name.
Never: a change to a webhook (that is `configure`).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from grantwire.domain.webhook import Webhook, WebhookId
from grantwire.steps.match import Matcher, compile_match
from grantwire.steps.render import Writer, compile_writer
from grantwire.steps.ways import Ways, compile_ways


@dataclass(frozen=True, slots=True)
class Ready:
    """A webhook with its filters and templates compiled; `ways` only for one that asks or keeps receipts."""

    webhook: Webhook
    matcher: Matcher
    writer: Writer
    ways: Ways | None = None


def make_ready(webhook: Webhook) -> Ready:
    """Raises `TemplateError` when a template does not compile."""
    writer = compile_writer(webhook)
    return Ready(webhook, compile_match(webhook), writer, compile_ways(webhook, writer))


class Roster:
    """Replaced whole at every change, so that one event meets one state of all webhooks."""

    def __init__(self) -> None:
        self._by_id: dict[WebhookId, Ready] = {}
        self._by_trigger: dict[str, tuple[Ready, ...]] = {}
        self._listeners: list[Callable[[], None]] = []

    def replace(self, webhooks: Iterable[Webhook]) -> None:
        """Compiles what is new or changed and tells the listeners."""
        self._by_id = {webhook.id: self._ready(webhook) for webhook in webhooks}
        by_trigger: dict[str, list[Ready]] = {}
        for ready in self._by_id.values():
            for trigger in ready.webhook.triggers:
                by_trigger.setdefault(trigger, []).append(ready)
        self._by_trigger = {trigger: tuple(found) for trigger, found in by_trigger.items()}
        self.tell()

    def tell(self) -> None:
        """Something about the webhooks, or about what waits for them, has changed."""
        for listener in self._listeners:
            listener()

    def listen(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def concerning(self, event_type: str) -> tuple[Ready, ...]:
        """The webhooks that have this type of event among their triggers."""
        return self._by_trigger.get(event_type, ())

    def get(self, webhook_id: WebhookId) -> Ready | None:
        return self._by_id.get(webhook_id)

    def named(self, name: str) -> Ready | None:
        return next((ready for ready in self._by_id.values() if ready.webhook.name == name), None)

    def all(self) -> tuple[Ready, ...]:
        return tuple(self._by_id.values())

    def _ready(self, webhook: Webhook) -> Ready:
        known = self._by_id.get(webhook.id)
        if known is not None and known.webhook == webhook:
            return known
        return make_ready(webhook)
