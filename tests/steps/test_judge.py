"""The generic rule, silence, what was never sent, and how the retry policy ends it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.steps.judging import NOW, judged, response, silence, webhook

from grantwire.domain.credential import Bearer, ClientAuthentication, Grant, OAuth2
from grantwire.domain.exchange import Fault, NotSent, Response, Timings
from grantwire.domain.retry import RetryPolicy
from grantwire.domain.secret import Secret
from grantwire.domain.target import Method
from grantwire.domain.verdict import Delivered, GivenUp, RetryAt, TokenRefused
from grantwire.domain.webhook import SuccessRule

OAUTH = OAuth2(
    Grant.CLIENT_CREDENTIALS,
    "https://acme.service-now.com/oauth_token.do",
    "id",
    Secret("s"),
    client_authentication=ClientAuthentication.BODY,
)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 206, 299])
def test_any_2xx_is_delivered(status: int) -> None:
    assert isinstance(judged(response(status)).verdict, Delivered)


def test_a_201_leaves_the_location_for_the_receipt() -> None:
    assert judged(response(201, b"", ("location", "https://x/1"))).captures == {"location": "https://x/1"}


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_a_redirect_fails_and_names_the_place_without_its_query(status: int) -> None:
    verdict = judged(response(status, b"", ("Location", "https://login.example/?ticket=secret"))).verdict
    assert isinstance(verdict, GivenUp)
    assert "https://login.example/" in verdict.why
    assert "secret" not in verdict.why


@pytest.mark.parametrize("status", [400, 402, 403, 404, 405, 406, 409, 412, 413, 415, 418, 422, 431, 451])
def test_other_4xx_are_permanent(status: int) -> None:
    assert isinstance(judged(response(status)).verdict, GivenUp)


@pytest.mark.parametrize("status", [408, 425, 429, 499, 500, 502, 503, 504, 520, 599])
def test_passing_failures_are_tried_again_after_the_first_step(status: int) -> None:
    verdict = judged(response(status)).verdict
    assert isinstance(verdict, RetryAt)
    assert verdict.at == NOW + timedelta(seconds=5)
    assert not verdict.pauses_webhook


@pytest.mark.parametrize("method", list(Method))
@pytest.mark.parametrize(
    ("status", "acts"), [(408, True), (499, True), (500, True), (503, True), (425, False), (429, False)]
)
def test_a_failure_is_ambiguous_where_repeating_could_double_something(status: int, acts: bool, method: Method) -> None:
    verdict = judged(response(status), webhook(method=method)).verdict
    assert isinstance(verdict, RetryAt)
    assert verdict.is_ambiguous is (acts and method in {Method.POST, Method.PATCH})


def test_a_410_gives_up_and_pauses_the_webhook() -> None:
    verdict = judged(response(410)).verdict
    assert isinstance(verdict, GivenUp)
    assert verdict.pauses_webhook


def test_a_refused_token_says_so() -> None:
    assert isinstance(judged(response(401), webhook(credential=OAUTH)).verdict, TokenRefused)


def test_a_refused_credential_that_cannot_be_renewed_pauses_the_webhook() -> None:
    verdict = judged(response(401), webhook(credential=Bearer(Secret("t")))).verdict
    assert isinstance(verdict, RetryAt)
    assert verdict.pauses_webhook


@pytest.mark.parametrize("fault", [Fault.DNS, Fault.CONNECT, Fault.TLS, Fault.TIMEOUT_CONNECT, Fault.RESET])
@pytest.mark.parametrize("may_have_arrived", [True, False])
def test_silence_is_tried_again_and_ambiguous_if_the_request_may_have_arrived(
    fault: Fault, may_have_arrived: bool
) -> None:
    verdict = judged(silence(fault, may_have_arrived=may_have_arrived)).verdict
    assert isinstance(verdict, RetryAt)
    assert verdict.is_ambiguous is may_have_arrived
    assert ("may have taken it" in verdict.why) is may_have_arrived


@pytest.mark.parametrize(
    ("fault", "cure"),
    [
        (Fault.DNS, "check the host"),
        (Fault.CONNECT, "firewall"),
        (Fault.TIMEOUT_CONNECT, "firewall"),
        (Fault.TLS, "GRANTWIRE_EXTRA_CA_FILE"),
        (Fault.TIMEOUT_FIRST_BYTE, "raise the webhook's timeout"),
        (Fault.TIMEOUT_TOTAL, "raise the webhook's timeout"),
    ],
)
def test_silence_says_what_to_do_about_it(fault: Fault, cure: str) -> None:
    assert cure in judged(silence(fault)).verdict.why


def test_silence_after_a_put_is_never_ambiguous() -> None:
    verdict = judged(silence(), webhook(method=Method.PUT)).verdict
    assert isinstance(verdict, RetryAt)
    assert not verdict.is_ambiguous


def test_a_closed_address_pauses_the_webhook_and_names_the_setting() -> None:
    verdict = judged(silence(Fault.ADDRESS, may_have_arrived=False)).verdict
    assert isinstance(verdict, RetryAt)
    assert verdict.pauses_webhook
    assert "GRANTWIRE_ALLOWED_ORIGINS" in verdict.why


def test_what_could_not_be_rendered_is_given_up() -> None:
    assert judged(NotSent("No value at line 1.", "")).verdict == GivenUp("No value at line 1.")


def test_what_a_person_must_mend_first_pauses_the_webhook() -> None:
    verdict = judged(NotSent("Wrong client secret.", "", pauses_webhook=True)).verdict
    assert verdict == RetryAt(NOW, "Wrong client secret.", pauses_webhook=True)


def test_a_passing_reason_not_to_send_waits_at_least_as_long_as_it_says() -> None:
    verdict = judged(NotSent("Asleep.", "", is_passing=True, retry_after_seconds=900)).verdict
    assert isinstance(verdict, RetryAt)
    assert verdict.at == NOW + timedelta(seconds=900)


def test_the_last_attempt_gives_up_and_says_how_often_it_was_tried() -> None:
    verdict = judged(response(503), attempts_made=10).verdict
    assert isinstance(verdict, GivenUp)
    assert "10 attempts" in verdict.why
    assert "503" in verdict.why


def test_a_delivery_that_would_be_too_old_at_its_next_attempt_is_given_up() -> None:
    verdict = judged(response(503), attempts_made=8, age=timedelta(hours=20)).verdict
    assert isinstance(verdict, GivenUp)
    assert "too old" in verdict.why


def test_a_pause_keeps_the_delivery_even_at_its_last_attempt() -> None:
    verdict = judged(response(401), attempts_made=10, age=timedelta(hours=30)).verdict
    assert isinstance(verdict, RetryAt)
    assert verdict.pauses_webhook


def test_a_429_waits_as_long_as_the_target_asked() -> None:
    verdict = judged(response(429, b"", ("Retry-After", "3600"))).verdict
    assert isinstance(verdict, RetryAt)
    assert verdict.at == NOW + timedelta(hours=1)


def test_a_429_that_names_a_time_uses_no_attempt() -> None:
    named = judged(response(429, b"", ("Retry-After", "60")), attempts_made=10).verdict
    assert isinstance(named, RetryAt)
    assert not named.uses_attempt
    assert isinstance(judged(response(429), attempts_made=10).verdict, GivenUp)


def test_a_503_that_names_a_time_is_obeyed_and_still_counts() -> None:
    verdict = judged(response(503, b"", ("Retry-After", "120"))).verdict
    assert isinstance(verdict, RetryAt)
    assert verdict.at == NOW + timedelta(seconds=120)
    assert verdict.uses_attempt


def test_an_asked_wait_never_shortens_the_step() -> None:
    verdict = judged(response(503, b"", ("Retry-After", "1")), attempts_made=4).verdict
    assert isinstance(verdict, RetryAt)
    assert verdict.at == NOW + timedelta(minutes=10)


def test_an_asked_wait_is_obeyed_up_to_ten_hours() -> None:
    verdict = judged(response(429, b"", ("Retry-After", "999999"))).verdict
    assert isinstance(verdict, RetryAt)
    assert verdict.at == NOW + timedelta(hours=10)


@given(
    status=st.integers(100, 999),
    reason=st.text(max_size=20),
    body=st.binary(max_size=200),
    headers=st.lists(st.tuples(st.text(max_size=10), st.text(max_size=20)), max_size=4),
    method=st.sampled_from(Method),
    success=st.sampled_from(SuccessRule),
    attempts_made=st.integers(1, 12),
    dice=st.floats(0, 1, exclude_max=True),
)
def test_every_answer_gets_a_verdict_with_a_sentence(
    status: int,
    reason: str,
    body: bytes,
    headers: list[tuple[str, str]],
    method: Method,
    success: SuccessRule,
    attempts_made: int,
    dice: float,
) -> None:
    reply = Response(status, reason, tuple(headers), body, False, Timings(1.0))
    verdict = judged(reply, webhook(method=method, success=success), attempts_made=attempts_made, dice=dice).verdict
    assert verdict.why.endswith(".")
    assert verdict.why.isprintable()
    if isinstance(verdict, RetryAt):
        assert verdict.at >= NOW
    if isinstance(verdict, Delivered):
        assert 200 <= status < 300


@given(attempts_made=st.integers(1, 9), dice=st.floats(0, 1, exclude_max=True))
def test_jitter_only_ever_lengthens_a_wait(attempts_made: int, dice: float) -> None:
    policy = RetryPolicy(max_age=timedelta(days=9))
    verdict = judged(response(503), webhook(retry=policy), attempts_made=attempts_made, dice=dice).verdict
    assert isinstance(verdict, RetryAt)
    step = policy.steps_seconds[attempts_made - 1]
    assert step <= (verdict.at - NOW).total_seconds() <= step * 1.1 + 1e-6
