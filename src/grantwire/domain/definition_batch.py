"""Definition, the part `batch`: several deliveries in one call of ServiceNow's Batch API.

In: the raw part. Out: a `Batching`, and back; why a webhook cannot be batched. Never: a look at the instance.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from grantwire.domain.batching import LARGEST, LONGEST_WAIT_MILLISECONDS, Batching
from grantwire.domain.errors import Problem
from grantwire.domain.form import Form
from grantwire.domain.secret import Secret
from grantwire.domain.shape import path_to
from grantwire.domain.webhook import SuccessRule, Webhook


def read_batch(form: Form | None) -> Batching | None:
    if form is None:
        return None
    if not form.has("size"):
        form.miss("size")
    size = form.whole_number("size", least=2, most=LARGEST)
    wait = form.whole_number("wait_milliseconds", least=0, most=LONGEST_WAIT_MILLISECONDS)
    form.finish()
    return Batching(2 if size is None else size, timedelta(milliseconds=wait or 0))


def write_batch(batch: Batching | None) -> dict[str, Any]:
    if batch is None:
        return {}
    wait = round(batch.wait.total_seconds() * 1000)
    return {"size": batch.size} | ({"wait_milliseconds": wait} if wait else {})


def batch_problems(webhook: Webhook, *, path: str) -> Iterator[Problem]:
    if webhook.batch is None:
        return
    here = path_to(path, "batch")
    if webhook.success is not SuccessRule.SERVICENOW:
        hint = "It is for URLs like https://<instance>/api/now/table/incident with success: servicenow."
        yield Problem(here, "works only with ServiceNow.", hint)
    elif not _is_below_api(webhook.target.url):
        yield Problem(here, "needs a URL whose path begins with /api/ and is not the Batch API itself.")
    if webhook.actions:
        yield Problem(
            here, "cannot be combined with actions: an update needs its ticket first.", "Keep one of the two."
        )
    if webhook.signing:
        yield Problem(here, "cannot be signed: what a signature covers is one request.", "Keep one of the two.")
    for header in webhook.target.headers:
        if isinstance(header.value, Secret):
            message = f"cannot carry the secret header {header.name}: it would lie open in the body of the call."
            yield Problem(here, message, "Use auth instead.")


def _is_below_api(url: str) -> bool:
    """By what is written out in front of the first tag."""
    try:
        path = urlsplit(url.split("{{", maxsplit=1)[0]).path
    except ValueError:
        return True  # told as a problem of the URL
    return path.startswith("/api/") and not path.rstrip("/").endswith("/batch")
