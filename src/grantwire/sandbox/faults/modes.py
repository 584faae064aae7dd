"""Every way the sandbox can go wrong, as a table: what is said, whether the work was done, how the answer ends.

In: nothing. Out: MODES by name. Must never: decide when a fault strikes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from grantwire.sandbox.exchange import Answer
from grantwire.sandbox.faults import answers as says
from grantwire.sandbox.faults.answers import Scene


class On(StrEnum):
    """Which requests a fault may strike."""

    TOKEN = "token"
    TABLE = "table"
    API = "api"
    ANY = "any"


class Ending(StrEnum):
    """How the answer leaves: whole, as a connection reset, cut short, or drop by drop."""

    WHOLE = "whole"
    RESET = "reset"
    TRUNCATED = "truncated"
    DRIPPING = "dripping"


class Wait(StrEnum):
    NONE = "none"
    BEFORE = "before"  # the work is done after the wait
    AFTER = "after"  # the work is done at once, the answer waits


@dataclass(frozen=True, slots=True)
class Mode:
    """`is_work_done`: the record exists although the answer says otherwise. `answer` None leaves the real answer.

    `methods` are those it strikes unless its definition names others; none means all.
    """

    name: str
    summary: str
    on: On = On.TABLE
    is_work_done: bool = False
    answer: Callable[[Scene], Answer] | None = None
    ending: Ending = Ending.WHOLE
    wait: Wait = Wait.NONE
    default_delay_seconds: float = 0.0
    methods: tuple[str, ...] = ()


WRITES = ("POST", "PUT", "PATCH", "DELETE")
READS = ("GET", "HEAD")

_ALL = (
    Mode("hibernating", "200 with the page of a sleeping developer instance", On.ANY, answer=says.hibernating),
    Mode("maintenance_503", "503 with an HTML page", On.ANY, answer=says.maintenance),
    Mode("bad_gateway_502", "502 with an HTML page", On.ANY, answer=says.bad_gateway),
    Mode("login_page", "200 with the HTML of the login page", On.ANY, answer=says.login_page),
    Mode("redirect_to_login", "302 to the login page", On.ANY, answer=says.redirect_to_login),
    Mode("session_queue_202", "202, empty: the request was not processed", answer=says.session_queue),
    Mode("rate_limited_429", "429 with Retry-After and X-RateLimit-*", answer=says.rate_limited),
    Mode("semaphore_429", "429 without any of those headers", answer=says.semaphore_exhausted),
    Mode("token_expired", "401, and the token that was sent is dead", On.API, answer=says.unauthorized),
    Mode("unauthorized_401", "401, whatever token is sent", On.API, answer=says.unauthorized),
    Mode("token_refused", "401 server_error/access_denied at the token URL", On.TOKEN, answer=says.token_refused),
    Mode("unscoped_403", "403 Access to unscoped api is not allowed", On.API, answer=says.unscoped),
    Mode("missing_scope_403", "403 Missing required api access scope", On.API, answer=says.missing_scope),
    Mode("acl_403", "403 ACL Exception … Failed due to security constraints", answer=says.acl),
    Mode("api_acl_403", "403 Failed API level ACL Validation", On.API, answer=says.api_level_acl),
    Mode("query_403", "403 Insufficient rights to query records", answer=says.query_rights, methods=READS),
    Mode("data_policy_403", "403 Data Policy Exception", answer=says.data_policy, methods=WRITES),
    Mode("business_rule_403", "403 aborted by Business Rule", answer=says.business_rule, methods=WRITES),
    Mode("unique_key_403", "403 Unique Key violation", answer=says.unique_key, methods=WRITES),
    Mode("ip_blocked_403", "403 with HTML, as an address list refuses", On.ANY, answer=says.ip_blocked),
    Mode("script_error_500", "500 with the text of a Java exception", answer=says.script_error),
    Mode("transaction_cancelled_500", "500 maximum execution time exceeded", answer=says.transaction_cancelled),
    Mode("request_timeout_408", "408", On.ANY, answer=says.request_timeout),
    Mode("oversized_400", "400 Rejected large REST payload", answer=says.oversized, methods=WRITES),
    Mode("created_but_403", "the work is done, the answer is 403", is_work_done=True, answer=says.acl, methods=WRITES),
    Mode(
        "created_but_500",
        "the work is done, the answer is 500",
        is_work_done=True,
        answer=says.script_error,
        methods=WRITES,
    ),
    Mode(
        "created_then_reset",
        "the work is done, the connection is reset",
        is_work_done=True,
        ending=Ending.RESET,
        methods=WRITES,
    ),
    Mode(
        "created_after_timeout",
        "the work is done only after `delay_seconds`, when the client has given up",
        is_work_done=True,
        wait=Wait.BEFORE,
        default_delay_seconds=35.0,
        methods=WRITES,
    ),
    Mode("reset", "the connection is reset, nothing is done", On.ANY, ending=Ending.RESET),
    Mode("trailing_error", "200 with a result and then an `error` key", is_work_done=True, answer=says.trailing_error),
    Mode("broken_json", "200 with JSON that does not parse", is_work_done=True, answer=says.broken_json),
    Mode("truncated_body", "half the promised bytes, then the end", On.ANY, is_work_done=True, ending=Ending.TRUNCATED),
    Mode(
        "slow",
        "the work is done at once, the answer comes after `delay_seconds`",
        On.ANY,
        is_work_done=True,
        wait=Wait.AFTER,
        default_delay_seconds=5.0,
    ),
    Mode(
        "slow_body",
        "the headers come at once, the body drop by drop over `delay_seconds`",
        On.ANY,
        is_work_done=True,
        ending=Ending.DRIPPING,
        default_delay_seconds=10.0,
    ),
)

MODES = {mode.name: mode for mode in _ALL}
