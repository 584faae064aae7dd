"""Many requests in one call, and each one's own answer out of the call's: whatever an instance may say."""

import json
from base64 import b64decode, b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.steps.judging import HTML_TYPE, JSON_TYPE, response

from grantwire.domain.exchange import Fault, NoResponse, NotSent, Request, Response, Timings
from grantwire.domain.target import Method, Origin
from grantwire.steps.batch import Parted, call_body, item_bytes, part

ORIGIN = Origin("https", "acme.service-now.com", 443)
URL = "https://acme.service-now.com/api/now/table/incident"
IDS = ("dlv_1", "dlv_2", "dlv_3")


def parted(body: Any, *, status: int = 200, cap_bytes: int = 65536, ids: tuple[str, ...] = IDS) -> Parted:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return part(response(status, text, JSON_TYPE), ids, cap_bytes=cap_bytes, load_json=json.loads)


def served(id_: str, body: bytes = b"{}", status: Any = 201, **more: Any) -> dict[str, Any]:
    headers = [{"name": "Content-Type", "value": "application/json"}]
    item = {"id": id_, "status_code": status, "status_text": "Created", "body": b64encode(body).decode()}
    return item | {"headers": headers} | more


def unknown(reply: object) -> str:
    assert isinstance(reply, NoResponse)
    assert (reply.fault, reply.may_have_arrived) == (Fault.PROTOCOL, True)
    return reply.detail


def test_a_call_holds_each_request_whole_with_a_relative_url() -> None:
    request = Request(
        Method.PATCH, f"{URL}/abc?sysparm_fields=a,b", (("X-A", "b"), ("Content-Type", "c")), b'{"\xc3\xa4": 1}', ORIGIN
    )
    call = json.loads(call_body("bat_1", [("dlv_1", request)]))
    (item,) = call["rest_requests"]
    assert call["batch_request_id"] == "bat_1"
    assert (item["id"], item["method"]) == ("dlv_1", "PATCH")
    assert item["url"] == "/api/now/table/incident/abc?sysparm_fields=a,b"
    assert item["headers"] == [{"name": "X-A", "value": "b"}, {"name": "Content-Type", "value": "c"}]
    assert b64decode(item["body"]) == request.body
    assert item["exclude_response_headers"] is False


@given(st.binary(max_size=3000))
def test_the_size_of_a_call_is_never_underestimated(body: bytes) -> None:
    request = Request(Method.POST, URL, (("Content-Type", "application/json"),), body, ORIGIN)
    assert len(call_body("bat", [("d" * 30, request)])) <= item_bytes(request) + 120


def test_each_gets_its_own_answer_in_whatever_order_they_come() -> None:
    found = parted(
        {
            "serviced_requests": [
                served("dlv_3", b"three"),
                served("dlv_1", b"one", 403, status_text="Forbidden"),
                served("dlv_2", b"two"),
            ]
        }
    )
    first = found.replies["dlv_1"]
    assert isinstance(first, Response)
    assert (first.status, first.reason, first.body) == (403, "Forbidden", b"one")
    assert first.header("content-type") == "application/json"
    assert [getattr(found.replies[id_], "body", None) for id_ in IDS] == [b"one", b"two", b"three"]
    assert found.is_answered


def test_what_did_not_come_to_its_turn_is_told_apart() -> None:
    found = parted({"serviced_requests": [served("dlv_1")], "unserviced_requests": ["dlv_2", "dlv_3", "stranger"]})
    assert found.unserviced == {"dlv_2", "dlv_3"}
    assert set(found.replies) == {"dlv_1"}


def test_one_that_is_named_in_both_was_served() -> None:
    found = parted({"serviced_requests": [served("dlv_1")], "unserviced_requests": ["dlv_1"]}, ids=("dlv_1",))
    assert found.unserviced == set()
    assert isinstance(found.replies["dlv_1"], Response)


@pytest.mark.parametrize(
    ("items", "says"),
    [
        ([], "says nothing"),
        ([served("stranger")], "says nothing"),
        ([{"status_code": 201}], "says nothing"),
        (["dlv_1"], "says nothing"),
        ([served("dlv_1", status="201")], "no status"),
        ([served("dlv_1", status=True)], "no status"),
        ([served("dlv_1", status=99)], "no status"),
        ([served("dlv_1") | {"body": "?"}], "cannot be decoded"),
        ([served("dlv_1") | {"body": 5}], "cannot be decoded"),
    ],
)
def test_one_that_the_answer_leaves_open_may_have_arrived(items: list[Any], says: str) -> None:
    assert says in unknown(parted({"serviced_requests": items}, ids=("dlv_1",)).replies["dlv_1"])


def test_of_two_answers_for_one_the_first_counts() -> None:
    found = parted({"serviced_requests": [served("dlv_1", b"first"), served("dlv_1", b"second")]}, ids=("dlv_1",))
    assert getattr(found.replies["dlv_1"], "body", None) == b"first"


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503, 302, 202])
def test_a_call_that_failed_as_a_whole_is_each_ones_answer(status: int) -> None:
    found = parted({"error": {"message": "x"}}, status=status)
    assert {getattr(reply, "status", None) for reply in found.replies.values()} == {status}
    assert set(found.replies) == set(IDS)
    assert not found.is_answered


@pytest.mark.parametrize("body", ["<html>Instance Hibernating page</html>", '{"serviced_requests": [', "[]", "{}", ""])
def test_a_200_that_is_no_answer_to_a_batch_is_each_ones_answer(body: str) -> None:
    reply = response(200, body, HTML_TYPE)
    found = part(reply, IDS, cap_bytes=65536, load_json=json.loads)
    assert set(found.replies.values()) == {reply}


@pytest.mark.parametrize("status", [400, 404, 405, 413, 415])
def test_an_instance_that_takes_no_batches_leaves_all_to_go_alone(status: int) -> None:
    found = parted({"error": {}}, status=status)
    assert str(status) in found.refusal
    assert (found.replies, found.unserviced) == ({}, frozenset())


@pytest.mark.parametrize(
    "reply",
    [
        NoResponse(Fault.RESET, "reset", Timings(1.0), may_have_arrived=True),
        NoResponse(Fault.CONNECT, "refused", Timings(1.0), may_have_arrived=False),
        NotSent("no token", "", pauses_webhook=True),
    ],
)
def test_without_an_answer_all_share_the_reason(reply: NoResponse | NotSent) -> None:
    assert part(reply, IDS, cap_bytes=1, load_json=json.loads).replies == dict.fromkeys(IDS, reply)


def test_of_each_answer_no_more_is_kept_than_of_one_that_went_alone() -> None:
    found = parted({"serviced_requests": [served("dlv_1", b"x" * 20)]}, cap_bytes=10, ids=("dlv_1",))
    reply = found.replies["dlv_1"]
    assert isinstance(reply, Response)
    assert (reply.body, reply.is_cut) == (b"x" * 10, True)
    assert "10 bytes" in reply.cut_why


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 700) | st.text(max_size=8) | st.sampled_from(IDS),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["id", "status_code", "body", "headers", "name", "value"]), inner, max_size=5)
    ),
    max_leaves=20,
)


@given(st.fixed_dictionaries({}, optional={"serviced_requests": JSON, "unserviced_requests": JSON}))
def test_whatever_comes_each_is_accounted_for_once(document: Any) -> None:
    found = parted(document)
    assert set(found.replies) | found.unserviced == set(IDS)
    assert not set(found.replies) & found.unserviced
