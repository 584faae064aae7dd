"""Every row of what ServiceNow means by its answers; the texts are those captured from real instances."""

import json
from datetime import timedelta

import msgspec
import pytest
from tests.steps.judging import HTML_TYPE, JSON_TYPE, NOW, RECORD, SYS_ID, judged, refused, response, silence, webhook

from grantwire.domain.credential import ClientAuthentication, Grant, OAuth2
from grantwire.domain.exchange import Reply, Response
from grantwire.domain.secret import Secret
from grantwire.domain.target import Header, Method
from grantwire.domain.verdict import Delivered, GivenUp, RetryAt, TokenRefused
from grantwire.domain.webhook import SuccessRule, Webhook
from grantwire.steps.judge import Judgement

HIBERNATING = b"<!DOCTYPE html><html><head><title>Instance Hibernating page</title></head><body></body></html>"
LOGIN = b"<html><head><title>Log in | ServiceNow</title></head></html>"
OAUTH = OAuth2(
    Grant.PASSWORD,
    "https://acme.service-now.com/oauth_token.do",
    "id",
    Secret("s"),
    client_authentication=ClientAuthentication.BODY,
)


def hook(method: Method = Method.POST, **more: object) -> Webhook:
    return webhook(success=SuccessRule.SERVICENOW, method=method, **more)  # type: ignore[arg-type]


def at_servicenow(reply: Reply, *, method: Method = Method.POST, attempts_made: int = 1) -> Judgement:
    return judged(reply, hook(method), attempts_made=attempts_made)


@pytest.mark.parametrize(("method", "status"), [(Method.POST, 201), (Method.PUT, 200), (Method.PATCH, 200)])
def test_a_record_with_a_sys_id_is_delivered(method: Method, status: int) -> None:
    judgement = at_servicenow(response(status, RECORD, JSON_TYPE), method=method)
    assert isinstance(judgement.verdict, Delivered)
    assert "INC0010001" in judgement.verdict.why


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(RECORD).encode(),
        b"",
        b"null",
        b"[]",
        b'{"result":',
        b'{"result":{}}x',
        b"\xff",
        b"[" * 100_000,
        b'\xef\xbb\xbf{"result":{}}',
        b'{"result":{"sys_id":"\\ud800"}}',
        b'{"result":{"sys_id":"\\uD83D\\uDE00"}}',
    ],
)
def test_any_json_reader_leads_to_the_same_verdict(body: bytes) -> None:
    answer = response(201, body, JSON_TYPE)
    verdicts = {judged(answer, hook(), load_json=load).verdict for load in (json.loads, msgspec.json.decode)}
    assert len(verdicts) == 1


def test_half_a_surrogate_pair_never_gets_into_a_verdict() -> None:
    number = b'{"result":{"sys_id":"%b","number":"INC\\ud800"}}' % SYS_ID.encode()
    error = b'{"error":{"message":"\\uDC00"},"status":"failure"}'
    for answer in (response(201, number, JSON_TYPE), response(400, error, JSON_TYPE), response(503, error, JSON_TYPE)):
        judgement = at_servicenow(answer)
        assert judgement.verdict.why.encode()
        assert "".join(judgement.captures.values()).encode() == b""


def test_an_error_of_null_is_none() -> None:
    assert isinstance(at_servicenow(response(201, {**RECORD, "error": None}, JSON_TYPE)).verdict, Delivered)


def test_a_delete_is_delivered_by_204() -> None:
    assert isinstance(at_servicenow(response(204), method=Method.DELETE).verdict, Delivered)


def test_a_get_is_delivered_by_a_result() -> None:
    answer = response(200, {"result": []}, JSON_TYPE)
    assert isinstance(at_servicenow(answer, method=Method.GET).verdict, Delivered)


def test_the_receipt_holds_the_record_its_place_and_the_transaction() -> None:
    place = f"https://acme.service-now.com/api/now/v2/table/incident/{SYS_ID}"
    answer = response(201, RECORD, JSON_TYPE, ("Location", place), ("X-Transaction-ID", "0123456789ab"))
    assert at_servicenow(answer).captures == {
        "sys_id": SYS_ID,
        "number": "INC0010001",
        "location": place,
        "transaction_id": "0123456789ab",
    }


def test_an_answer_without_a_body_is_delivered_when_none_was_wanted() -> None:
    place = f"https://acme.service-now.com/api/now/v2/table/incident/{SYS_ID}"
    answer = response(201, b"", ("Location", place))
    wants = hook(headers=(Header("X-no-response-body", "true"),))
    judgement = judged(answer, wants)
    assert isinstance(judgement.verdict, Delivered)
    assert judgement.captures["sys_id"] == SYS_ID
    assert isinstance(at_servicenow(answer).verdict, RetryAt)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (response(200, RECORD, JSON_TYPE), "without a record"),
        (response(201, b'{"result": {"sys_id"', JSON_TYPE), "not with JSON"),
        (response(201, b'{"result": {"sys_id"', JSON_TYPE, is_cut=True), "it broke off"),
        (response(201, b"", JSON_TYPE), "not with JSON"),
        (response(201, b"\xff\xfe", JSON_TYPE), "not with JSON"),
        (response(201, b"[" * 100_000, JSON_TYPE), "not with JSON"),
        (response(201, {"result": {"number": "INC1"}}, JSON_TYPE), "without a record"),
        (response(201, {"result": {"sys_id": "short"}}, JSON_TYPE), "without a record"),
        (response(201, {"result": None}, JSON_TYPE), "without a record"),
        (response(201, {"result": []}, JSON_TYPE), "without a record"),
        (response(201, RECORD, ("Content-Type", "text/plain")), "without a record"),
        (response(202), "did not process"),
        (
            response(
                200, {"result": [], "error": {"message": "Transaction cancelled: maximum execution time exceeded"}}
            ),
            "Transaction cancelled",
        ),
        (response(201, {**RECORD, "error": {"message": "Oops", "detail": "later"}}, JSON_TYPE), "Oops: later"),
        (
            response(200, b'{"result":[{"a":"1"}],"error":{"message":"x"},"status":"failure"}trailing', JSON_TYPE),
            "JSON",
        ),
    ],
)
def test_a_2xx_that_proves_no_record_is_tried_again_and_ambiguous(answer: Response, words: str) -> None:
    verdict = at_servicenow(answer).verdict
    assert isinstance(verdict, RetryAt)
    assert verdict.is_ambiguous
    assert words in verdict.why


def test_a_hibernating_instance_is_asked_again_slowly_and_a_person_is_told_to_wake_it() -> None:
    verdict = at_servicenow(response(200, HIBERNATING, HTML_TYPE)).verdict
    assert isinstance(verdict, RetryAt)
    assert verdict.at == NOW + timedelta(minutes=15)
    assert not verdict.is_ambiguous
    assert not verdict.pauses_webhook
    assert "asleep" in verdict.why


@pytest.mark.parametrize(("attempts_made", "pauses"), [(1, False), (2, False), (3, True), (9, True)])
def test_another_web_page_is_tried_a_few_times_and_then_pauses(attempts_made: int, pauses: bool) -> None:
    verdict = at_servicenow(response(200, LOGIN, HTML_TYPE), attempts_made=attempts_made).verdict
    assert isinstance(verdict, RetryAt)
    assert verdict.pauses_webhook is pauses
    assert "web page" in verdict.why


def test_html_is_known_by_its_body_too() -> None:
    verdict = at_servicenow(response(200, b"\n <!DOCTYPE HTML><html>...")).verdict
    assert "web page" in verdict.why


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_redirect_pauses_with_the_place_it_points_to(status: int) -> None:
    verdict = at_servicenow(response(status, b"", ("Location", "https://acme.service-now.com/login.do"))).verdict
    assert isinstance(verdict, RetryAt)
    assert verdict.pauses_webhook
    assert "login.do" in verdict.why


@pytest.mark.parametrize(
    ("message", "detail"),
    [
        ("Invalid table sys_nonexistent", None),
        ("Requested URI does not represent any resource", None),
        (
            "Exception while reading request",
            "Rejected large REST payload with content-length = 15105102 bytes. Max allowed: 10485760 bytes.",
        ),
    ],
)
def test_a_400_is_permanent_and_says_what_servicenow_said(message: str, detail: str | None) -> None:
    verdict = at_servicenow(refused(message, detail, status=400)).verdict
    assert isinstance(verdict, GivenUp)
    assert message in verdict.why


def test_a_401_holds_the_delivery_until_a_person_mends_the_credential() -> None:
    answer = refused("User Not Authenticated", "Required to provide Auth information", status=401)
    assert isinstance(judged(answer, hook(credential=OAUTH)).verdict, TokenRefused)
    verdict = at_servicenow(answer).verdict
    assert isinstance(verdict, RetryAt)
    assert verdict.pauses_webhook


@pytest.mark.parametrize(
    "answer",
    [
        refused("User Not Authorized", "Access to unscoped api is not allowed"),
        refused("Missing required api access scope"),
        refused("Operation Failed", "ACL Exception Insert Failed due to security constraints"),
        refused("Insufficient rights to query records"),
        response(403, b"<html>Security restricted: Access restricted (IP not authorized)</html>", HTML_TYPE),
        response(403, b""),
    ],
)
def test_a_403_of_configuration_pauses_the_webhook(answer: Response) -> None:
    verdict = at_servicenow(answer).verdict
    assert isinstance(verdict, RetryAt)
    assert verdict.pauses_webhook
    assert verdict.is_ambiguous, "a 403 is no proof that nothing was created"


def test_a_403_of_the_api_level_acl_is_tried_once_more_late_and_then_pauses() -> None:
    answer = refused("User Not Authorized", "Failed API level ACL Validation")
    first, second = (at_servicenow(answer, attempts_made=made).verdict for made in (1, 2))
    assert isinstance(first, RetryAt)
    assert isinstance(second, RetryAt)
    assert (first.at, first.pauses_webhook) == (NOW + timedelta(minutes=10), False)
    assert second.pauses_webhook


@pytest.mark.parametrize(
    "detail",
    [
        "Data Policy Exception: The following fields are mandatory: Resolution code, Resolution notes",
        "Operation against file 'incident' was aborted by Business Rule 'NAME^"
        + SYS_ID
        + "'. Business Rule Stack:NAME",
        "Unique Key violation detected by database ((conn=1) Duplicate entry 'X' for key 'Y')",
    ],
)
def test_a_403_of_this_record_ends_this_delivery_only(detail: str) -> None:
    verdict = at_servicenow(refused("Operation Failed", detail)).verdict
    assert isinstance(verdict, GivenUp)
    assert not verdict.pauses_webhook
    assert "can exist all the same" in verdict.why


def test_a_404_on_an_update_says_that_the_record_is_gone() -> None:
    answer = refused("No Record found", "Record doesn't exist or ACL restricts the record retrieval", status=404)
    verdict = at_servicenow(answer, method=Method.PATCH).verdict
    assert isinstance(verdict, GivenUp)
    assert "record is gone" in verdict.why


@pytest.mark.parametrize("status", [404, 405, 406, 413, 415])
def test_a_request_that_fits_no_resource_is_permanent(status: int) -> None:
    assert isinstance(at_servicenow(response(status)).verdict, GivenUp)


@pytest.mark.parametrize("status", [408, 425, 429, 499, 500, 502, 503, 504])
def test_passing_failures_are_ambiguous_for_a_post(status: int) -> None:
    for method, is_ambiguous in ((Method.POST, True), (Method.PUT, False)):
        verdict = at_servicenow(response(status), method=method).verdict
        assert isinstance(verdict, RetryAt)
        assert verdict.is_ambiguous is is_ambiguous


def test_a_500_tells_what_the_instance_said() -> None:
    assert (
        "java.lang.NullPointerException"
        in at_servicenow(refused("java.lang.NullPointerException", "Check logs", status=500)).verdict.why
    )


def test_a_rate_limit_rule_is_obeyed_by_either_header() -> None:
    reset = str(int(NOW.timestamp()) + 1800)
    for header, seconds in ((("Retry-After", "3599"), 3599), (("X-RateLimit-Reset", reset), 1800)):
        verdict = at_servicenow(response(429, b"", header)).verdict
        assert isinstance(verdict, RetryAt)
        assert verdict.at == NOW + timedelta(seconds=seconds)
        assert not verdict.uses_attempt


def test_an_exhausted_semaphore_names_no_time_and_backs_off() -> None:
    verdict = at_servicenow(response(429, b"", reason="Too Many Requests"), attempts_made=2).verdict
    assert isinstance(verdict, RetryAt)
    assert verdict.at == NOW + timedelta(seconds=30)


def test_silence_after_a_post_is_ambiguous() -> None:
    verdict = at_servicenow(silence()).verdict
    assert isinstance(verdict, RetryAt)
    assert verdict.is_ambiguous


def test_an_import_set_is_judged_by_its_rows() -> None:
    row = {"transform_map": "User", "table": "sys_user", "status": "inserted", "sys_id": SYS_ID}
    good = at_servicenow(response(201, {"import_set": "ISET1", "result": [row]}, JSON_TYPE))
    assert isinstance(good.verdict, Delivered)
    assert good.captures["sys_id"] == SYS_ID
    bad = {**row, "status": "error", "error_message": "No transform entry or scripts are defined"}
    failed = at_servicenow(response(201, {"import_set": "ISET1", "result": [bad]}, JSON_TYPE)).verdict
    assert isinstance(failed, GivenUp)
    assert "No transform entry" in failed.why
