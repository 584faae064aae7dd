"""A failed test shows tips made for its failure: each kind of failure that the sandbox can play ends in its own."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.console.form_page import FormPage
from tests.e2e.console.house import House

from grantwire.domain.cause import Cause
from grantwire.domain.tips import TIPS
from grantwire.sandbox.faults.modes import MODES

BASIC = {"type": "basic", "username": "admin", "password": "admin"}
TIP_OF = {
    "hibernating": Cause.ASLEEP,
    "maintenance_503": Cause.MAINTENANCE,
    "bad_gateway_502": Cause.GATEWAY,
    "login_page": Cause.LOGIN_PAGE,
    "redirect_to_login": Cause.REDIRECT,
    "session_queue_202": Cause.NOT_PROCESSED,
    "rate_limited_429": Cause.RATE_LIMIT,
    "semaphore_429": Cause.BUSY,
    "token_expired": Cause.CREDENTIAL,
    "unauthorized_401": Cause.CREDENTIAL,
    "token_refused": Cause.TOKEN_ENDPOINT,
    "unscoped_403": Cause.UNSCOPED,
    "missing_scope_403": Cause.SCOPE,
    "acl_403": Cause.ACL,
    "api_acl_403": Cause.API_ACL,
    "query_403": Cause.QUERY,
    "data_policy_403": Cause.DATA_POLICY,
    "business_rule_403": Cause.BUSINESS_RULE,
    "unique_key_403": Cause.UNIQUE_KEY,
    "ip_blocked_403": Cause.ADDRESS_LIST,
    "script_error_500": Cause.SCRIPT_ERROR,
    "transaction_cancelled_500": Cause.CANCELLED,
    "request_timeout_408": Cause.REQUEST_TIMEOUT,
    "oversized_400": Cause.TOO_LARGE,
    "created_but_403": Cause.ACL,
    "created_but_500": Cause.SCRIPT_ERROR,
    "created_then_reset": Cause.RESET,
    "created_after_timeout": Cause.TIMEOUT,
    "reset": Cause.RESET,
    "trailing_error": Cause.ERROR_INSIDE,
    "broken_json": Cause.BROKEN_JSON,
    "truncated_body": Cause.CUT,
    "slow": Cause.TIMEOUT,
    "slow_body": Cause.SLOW_BODY,
}
MAY_EXIST = {"created_but_403", "created_but_500", "created_then_reset", "created_after_timeout", "trailing_error"}


def test_every_kind_of_failure_of_the_sandbox_is_here() -> None:
    assert set(TIP_OF) == set(MODES)


@pytest.mark.parametrize("mode", TIP_OF)
def test_a_failure_ends_in_its_own_tip(form: FormPage, page: Page, mode: str) -> None:
    form.house.guide(timeout_seconds=1, connect_timeout_seconds=1, headers={}, **how(mode, form.house))
    form.house.fault(mode, delay_seconds=1.5)
    form.edit("ServiceNow prod")
    result = form.test()
    expect(result).to_contain_text("Test failed")
    tip = result.locator(f"#tip-{TIP_OF[mode]}")
    expect(tip).to_be_visible()
    expect(tip).to_contain_text(TIPS[TIP_OF[mode]].title)
    assert result.locator("#tip-may-exist-all-the-same").count() >= (mode in MAY_EXIST)
    link = result.get_by_role("link", name="All troubleshooting tips")
    assert (link.get_attribute("href") or "").endswith(f"#{TIP_OF[mode]}")


def how(mode: str, house: House) -> dict[str, Any]:
    """The webhook that meets the failure."""
    if mode == "query_403":
        return {"auth": BASIC, "method": "GET"}
    if mode != "token_refused":
        return {"auth": BASIC}
    oauth = {"type": "oauth2", "token_url": f"{house.instance.url}/oauth_token.do", "client_id": "sandbox-client"}
    return {"auth": {**oauth, "client_secret": "sandbox-secret", "scopes": ["of-this-test"]}}


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"url": "https://no-such-host.invalid/hook"}, Cause.DNS),
        ({"auth": {"type": "bearer", "token": "${env:GRANTWIRE_TEST_IS_NOT_SET}"}}, Cause.SECRET_MISSING),
        ({"response_validators": [{"json_path": "$.result.number", "expected_values": ["X"]}]}, Cause.VALIDATOR),
        ({"body": '{"a": {{ data.nothing }} }', "strict": False}, None),
    ],
    ids=["name", "secret", "validator", "nothing"],
)
def test_a_failure_before_or_after_the_target_has_its_tip(
    form: FormPage, changes: dict[str, Any], cause: Cause | None
) -> None:
    form.house.guide(**{"auth": BASIC, "headers": {}, **changes})
    form.edit("ServiceNow prod")
    result = form.test()
    if cause is None:
        expect(result).to_contain_text("Test successful")
    else:
        expect(result.locator(f"#tip-{cause}")).to_be_visible()


def test_the_page_of_all_tips_has_an_anchor_for_each(page: Page) -> None:
    page.goto("/troubleshooting#rate-limit")
    expect(page.get_by_role("heading", name="A rate limit was met")).to_be_in_viewport()
    for cause in TIPS:
        assert page.locator(f"[id='{cause}']").count() == 1
