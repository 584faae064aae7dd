"""Question: an event and a webhook's `reconcile` in, what to ask the target out.

In: a webhook, whose templates are compiled once. Out: a `QuestionWriter` that writes an `Inquiry`, or says why nothing
can be asked. Never: a question that would be answered with other people's records (an empty value in the address).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from grantwire.domain.delivery import DeliveryId
from grantwire.domain.event import Event
from grantwire.domain.exchange import NotSent, Request
from grantwire.domain.reconcile import Reconcile
from grantwire.domain.secret import Secret
from grantwire.domain.webhook import Webhook
from grantwire.steps.render import Write, Writer, compile_writer, compiler_of, context_of
from grantwire.template import RenderError

_TAG = re.compile(r"\{\{.*?\}\}+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Inquiry:
    """`expected` is what a value of the answer must equal."""

    request: Request
    expected: str


@dataclass(frozen=True, slots=True)
class QuestionWriter:
    """`webhook` is the webhook as it asks: its credential, time limits and secret headers, the question's address."""

    webhook: Webhook
    reconcile: Reconcile
    writer: Writer
    write_expected: Write

    def write(self, event: Event, delivery_id: DeliveryId, receipt: Mapping[str, str]) -> Inquiry | NotSent:
        request = self.writer.write(event, delivery_id, receipt)
        if isinstance(request, NotSent):
            return request
        try:
            expected = self.write_expected(context_of(event, receipt))
        except RenderError as error:
            return NotSent(
                f"the template of reconcile.equals gave nothing: {error}", str(error), problems=(str(error),)
            )
        if not expected.strip():
            return _empty("reconcile.equals", self.reconcile.equals)
        for part in _empty_parts(self.reconcile.target.url, request.url):
            return _empty("reconcile.url", part)
        return Inquiry(request, expected)


def compile_question(webhook: Webhook, reconcile: Reconcile | None) -> QuestionWriter | None:
    """Raises `TemplateError`."""
    if reconcile is None:
        return None
    secrets = tuple(header for header in webhook.target.headers if isinstance(header.value, Secret))
    target = replace(reconcile.target, headers=(*secrets, *reconcile.target.headers))
    asking = replace(webhook, target=target, body=reconcile.body)
    return QuestionWriter(asking, reconcile, compile_writer(asking), compiler_of(webhook)(reconcile.equals, "plain"))


def _empty(where: str, source: str) -> NotSent:
    said = f"nothing can be asked: {source} of {where} is empty for this event"
    return NotSent(said, said, problems=(said,))


def _empty_parts(template: str, url: str) -> Iterator[str]:
    """Parts of the template that came out empty: steps of the path, values of the query, and of an encoded query in it
    (`a=b^c=d`). What a template writes into a URL is percent-encoded, so a = or ^ in it is the author's."""
    asked, written = _parts(_TAG.sub("{{", template)), _parts(url)
    if len(asked) != len(written):  # a block wrote some, or none: all of it must be there
        asked = written
    for before, after in zip(asked, written, strict=True):
        if ("{{" in before or asked is written) and (not after or after.endswith("=")):
            yield before.replace("{{", "") or url


def _parts(url: str) -> list[str]:
    path, _, query = url.partition("//")[2].partition("?")
    return [*path.split("/")[1:], *(part for pair in query.split("&") for part in _split_encoded(pair) if query)]


def _split_encoded(pair: str) -> list[str]:
    return pair.replace("%5E", "^").split("^")
