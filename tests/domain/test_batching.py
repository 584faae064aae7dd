"""`batch` in a definition: what it takes, and where it does not fit."""

from typing import Any

import pytest

from grantwire.domain.allowance import Allowance
from grantwire.domain.definition import read_definition, write_definition
from grantwire.domain.errors import Refused
from grantwire.domain.webhook import Webhook, WebhookId

URL = "https://acme.service-now.com/api/now/table/incident"


def read(batch: Any, **changes: Any) -> Webhook:
    raw = {"name": "w", "url": URL, "triggers": ["Manual"], "body": "{}", "batch": batch} | changes
    return read_definition(raw, id=WebhookId("w"), allowance=Allowance())


def problems(batch: Any, **changes: Any) -> list[str]:
    with pytest.raises(Refused) as refused:
        read(batch, **changes)
    return [str(one) for one in refused.value.problems]


def test_it_is_read_and_written_back() -> None:
    for batch in ({"size": 20}, {"size": 100, "wait_milliseconds": 250}):
        webhook = read(batch)
        assert write_definition(webhook, show=lambda _: "")["batch"] == batch
    assert "batch" not in write_definition(read(None), show=lambda _: "")


@pytest.mark.parametrize(
    ("batch", "path"),
    [
        ({}, "batch.size"),
        ({"size": 1}, "batch.size"),
        ({"size": 101}, "batch.size"),
        ({"size": 2.5}, "batch.size"),
        ({"size": 5, "wait_milliseconds": 60_000}, "batch.wait_milliseconds"),
        ({"size": 5, "wait": 1}, "batch.wait"),
        (5, "batch"),
    ],
)
def test_a_faulty_one_is_told_where(batch: Any, path: str) -> None:
    (line,) = problems(batch)
    assert line.split(" ")[0].rstrip(":") == path


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"url": "https://example.com/in"}, "works only with ServiceNow"),
        ({"success": "generic"}, "works only with ServiceNow"),
        ({"url": "https://acme.service-now.com/x/{{ data.id }}", "success": "servicenow"}, "begins with /api/"),
        ({"url": "https://acme.service-now.com/api/now/v1/batch", "success": "servicenow"}, "begins with /api/"),
        (
            {"actions": {"Manual": {"url": URL + "/{{receipt.sys_id}}", "body": "{}"}}},
            "cannot be combined with actions",
        ),
        ({"signing": {"keys": [{"secret": "${env:KEY}"}]}}, "cannot be signed"),
        ({"headers": {"X-Api-Token": "s3cret"}}, "cannot carry the secret header X-Api-Token"),
    ],
)
def test_where_it_does_not_fit_it_is_refused(changes: dict[str, Any], says: str) -> None:
    (line,) = problems({"size": 5}, **changes)
    assert says in line
    assert "s3cret" not in line


def test_the_path_may_hold_tags_below_the_api() -> None:
    assert read({"size": 5}, url=URL + "/{{ data.id }}", method="PATCH").batch is not None
