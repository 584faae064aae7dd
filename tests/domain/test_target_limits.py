"""What may go to an origin: the operator's word, else four at once to a ServiceNow instance, else no limit."""

import pytest
from tests.flow.world import definition

from grantwire.domain.definition import read_definition
from grantwire.domain.target import Origin
from grantwire.domain.target_limits import SERVICENOW_CONCURRENCY, TargetLimits
from grantwire.domain.webhook import Limits, Webhook, WebhookId

ACME = Origin("https", "acme.service-now.com", 443)
TABLE = "https://acme.service-now.com/api/now/table/incident"


def webhook(url: str = TABLE, **changes: object) -> Webhook:
    return read_definition(definition(url=url, **changes), id=WebhookId("whk_1"), allowance=None)


def test_an_operator_says_it_by_origin() -> None:
    said = TargetLimits.of(["https://acme.service-now.com concurrency=8 per_minute=600"])
    assert said.limits_for(ACME, [webhook()]) == Limits(concurrency=8, per_minute=600)


def test_a_servicenow_instance_gets_four_at_once_over_all_its_webhooks() -> None:
    assert TargetLimits().limits_for(ACME, [webhook(), webhook()]) == Limits(concurrency=SERVICENOW_CONCURRENCY)


def test_a_webhook_that_asks_for_more_raises_it_for_its_instance() -> None:
    both = [webhook(), webhook(limits={"concurrency": 9})]
    assert TargetLimits().limits_for(ACME, both) == Limits(concurrency=9)


def test_another_target_has_no_limit_of_its_own() -> None:
    other = webhook("https://hooks.example.com/a")
    assert TargetLimits().limits_for(Origin("https", "hooks.example.com", 443), [other]) == Limits()


@pytest.mark.parametrize(
    "text",
    [
        "https://a.example.com",
        "https://a.example.com concurrency",
        "https://a.example.com concurrency=0",
        "https://a.example.com concurrency=x",
        "https://a.example.com burst=4",
        "nowhere concurrency=4",
        "https://a.example.com:port concurrency=4",
    ],
)
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected|no host|[Pp]ort"):
        TargetLimits.of([text])
