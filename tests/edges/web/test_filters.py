"""The filters of a list: what an address asks for, and what it may not."""

from datetime import UTC, datetime, timedelta

import pytest

from grantwire.domain.delivery import State
from grantwire.domain.errors import Refused
from grantwire.domain.event_search import Searched
from grantwire.edges.web.filters import chips, delivery_query, event_query
from grantwire.edges.web.paging import Listing

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def listing(**filters: str) -> Listing:
    return Listing("/deliveries", filters, None)


def test_nothing_chosen_asks_for_everything() -> None:
    query = delivery_query(listing(), (), now=NOW)
    assert (query.webhook_id, query.states, query.says, query.since, query.until) == (None, (), (), None, None)


def test_several_states_may_be_asked_for() -> None:
    assert delivery_query(listing(state="dead,held"), (), now=NOW).states == (State.DEAD, State.HELD)


def test_a_span_counts_back_from_now_and_a_typed_time_counts_more() -> None:
    assert event_query(listing(period="24h"), now=NOW).since == NOW - timedelta(hours=24)
    typed = event_query(listing(period="24h", since="2026-11-01T08:30"), now=NOW)
    assert typed.since == datetime(2026, 11, 1, 8, 30, tzinfo=UTC)


def test_a_webhook_that_is_not_there_finds_nothing_rather_than_everything() -> None:
    assert delivery_query(listing(webhook="gone"), (), now=NOW).webhook_id == ""


def test_words_for_what_events_say_go_along_as_typed() -> None:
    query = delivery_query(listing(requester="Ann", type="RequestCreated"), (), now=NOW)
    assert query.says == ((Searched.TYPE, "RequestCreated"), (Searched.REQUESTER, "Ann"))


@pytest.mark.parametrize("filters", [{"state": "lost"}, {"period": "1y"}, {"since": "yesterday"}, {"until": "<b>"}])
def test_what_means_nothing_is_refused_with_what_would_do(filters: dict[str, str]) -> None:
    with pytest.raises(Refused) as refused:
        delivery_query(listing(**filters), (), now=NOW)
    assert refused.value.problems[0].hint


def test_each_chip_leads_to_the_list_without_its_filter() -> None:
    [state, span] = chips(listing(state="dead", period="1h"))
    assert (state.label, state.value, state.link) == ("State", "dead", "/deliveries?period=1h")
    assert (span.value, span.link) == ("Last hour", "/deliveries?state=dead")
