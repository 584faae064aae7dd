"""Render: an event and a webhook in, the request to send out.

In: a webhook, whose templates are compiled once. Out: a `Writer` that writes a `Request`, or says why it cannot.
Never: a secret in what it writes (secret headers are added when the request is authorised).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from grantwire.domain.content_type import mode_of
from grantwire.domain.delivery import DeliveryId
from grantwire.domain.event import Event
from grantwire.domain.exchange import NotSent, Request
from grantwire.domain.secret import Secret
from grantwire.domain.target import Header, Origin
from grantwire.domain.webhook import Webhook
from grantwire.template import RenderError, compile_template

USER_AGENT = "Grantwire/0.1"

Write = Callable[[Mapping[str, Any]], str]
NO_RECEIPT: Mapping[str, str] = MappingProxyType({})


def context_of(event: Event, receipt: Mapping[str, str]) -> Mapping[str, Any]:
    """What templates can read: the envelope, and what Grantwire knows besides."""
    return {**event.document(), "event_id": event.id, "receipt": dict(receipt)}


@dataclass(frozen=True, slots=True)
class Writer:
    """A webhook's templates, compiled. `reads_more`: they may ask for what is not in the envelope."""

    webhook: Webhook
    write_url: Write | None
    write_body: Write | None
    fixed_headers: tuple[tuple[str, str], ...]
    written_headers: tuple[tuple[str, Write], ...]
    origin: Origin
    reads_more: bool = False

    def write(
        self, event: Event, delivery_id: DeliveryId, receipt: Mapping[str, str] = NO_RECEIPT
    ) -> Request | NotSent:
        """`delivery_id` goes out with every attempt, so that a receiver can tell a repetition."""
        data = context_of(event, receipt) if self.reads_more else event.document()
        try:
            body = self.write_body(data).encode() if self.write_body else b""
            url = self.write_url(data) if self.write_url else self.webhook.target.url
            headers = (*self.fixed_headers, ("Grantwire-Delivery", delivery_id), ("Grantwire-Event", event.id))
            if self.written_headers:
                headers += tuple((name, write(data)) for name, write in self.written_headers)
        except RenderError as error:
            return NotSent(f"the template gave no sendable request: {error}", str(error), problems=(str(error),))
        return Request(self.webhook.target.method, url, headers, body, self.origin)


def compile_writer(webhook: Webhook) -> Writer:
    """Raises `TemplateError` with every problem of the first template that does not compile."""
    compile_one = compiler_of(webhook)
    target = webhook.target
    plain = [header for header in target.headers if not isinstance(header.value, Secret)]
    return Writer(
        webhook=webhook,
        write_url=compile_one(target.url, "url") if "{{" in target.url else None,
        write_body=None if webhook.body is None else compile_one(webhook.body, mode_of(webhook.content_type)),
        fixed_headers=(*_standing_headers(webhook), *_fixed(plain)),
        written_headers=tuple((h.name, compile_one(str(h.value), "header")) for h in plain if "{{" in str(h.value)),
        origin=Origin.of(target.url),
        reads_more=reads_more(webhook),
    )


def reads_more(webhook: Webhook) -> bool:
    """Told by the words alone, partials included: one time too many costs a copy of the outermost object."""
    sources = [webhook.target.url, webhook.body or "", *webhook.partials.values()]
    sources += [header.value for header in webhook.target.headers if not isinstance(header.value, Secret)]
    return any("receipt" in source or "event_id" in source for source in sources)


def compiler_of(webhook: Webhook) -> Callable[[str, str], Write]:
    def compile_one(source: str, mode: str) -> Write:
        template = compile_template(source, mode=mode, partials=webhook.partials or None, strict=webhook.strict)
        return template.render

    return compile_one


def _standing_headers(webhook: Webhook) -> list[tuple[str, str]]:
    named = {header.name.lower() for header in webhook.target.headers}
    standing = [("User-Agent", USER_AGENT), ("Accept", "application/json")]
    if webhook.body is not None:
        standing.append(("Content-Type", webhook.content_type))
    return [(name, value) for name, value in standing if name.lower() not in named]


def _fixed(headers: list[Header]) -> list[tuple[str, str]]:
    return [(header.name, str(header.value)) for header in headers if "{{" not in str(header.value)]
