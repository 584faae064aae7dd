"""Ways: what a webhook does for each of its triggers, and how it asks before it repeats.

In: a webhook. Out: its ways, compiled once; None for a webhook that only sends, which needs none of this.
Never: a receipt (the flow reads it).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from grantwire.domain.action import Action, WithoutReceipt
from grantwire.domain.receipt import names_read, reads_receipt
from grantwire.domain.reconcile import Reconcile
from grantwire.domain.secret import Secret
from grantwire.domain.target import Target
from grantwire.domain.webhook import Webhook
from grantwire.steps.question import QuestionWriter, compile_question
from grantwire.steps.render import Writer, compile_writer


@dataclass(frozen=True, slots=True)
class Way:
    """`webhook` is the webhook as this way sends it. `needs` are the values of the receipt without which it would
    update nothing; `without_receipt` says what is done then."""

    webhook: Webhook
    writer: Writer
    question: QuestionWriter | None
    needs: frozenset[str] = frozenset()
    without_receipt: WithoutReceipt = WithoutReceipt.GIVE_UP


@dataclass(frozen=True, slots=True)
class Ways:
    """`own` is the webhook's own request, which creates. `reads_receipt`: it is worth a look before a trip."""

    own: Way
    by_trigger: Mapping[str, Way]
    reads_receipt: bool

    def of(self, trigger: str) -> Way:
        return self.by_trigger.get(trigger, self.own)


def compile_ways(webhook: Webhook, writer: Writer) -> Ways | None:
    """Raises `TemplateError`."""
    reads = reads_receipt(*_sources(webhook))
    if webhook.reconcile is None and not webhook.captures and not webhook.actions and not reads:
        return None
    own = Way(webhook, writer, compile_question(webhook, webhook.reconcile))
    by_trigger = {trigger: _way_of(webhook, action) for trigger, action in webhook.actions.items()}
    return Ways(own, by_trigger, reads or bool(by_trigger))


def _way_of(webhook: Webhook, action: Action) -> Way:
    target = Target(action.method, action.url, webhook.target.headers)
    acting = replace(webhook, target=target, body=action.body)
    return Way(
        webhook=acting,
        writer=compile_writer(acting),
        question=compile_question(acting, action.reconcile),
        needs=names_read(action.url, action.body),
        without_receipt=action.without_receipt,
    )


def _sources(webhook: Webhook) -> list[str]:
    headers = [header.value for header in webhook.target.headers if not isinstance(header.value, Secret)]
    own = [webhook.target.url, webhook.body or "", *headers, *webhook.partials.values()]
    return [*own, *_asked(webhook.reconcile)]


def _asked(reconcile: Reconcile | None) -> list[str]:
    return [] if reconcile is None else [reconcile.target.url, reconcile.body or "", reconcile.equals]
