"""What ServiceNow says when it goes wrong: one small function for each answer.

In: a Scene (the request, the fault's settings, the real answer if the work was done). Out: an Answer.
Must never: decide whether a fault strikes. The words of each body and how sure they are: docs/reference/sandbox.md.
"""

from dataclasses import dataclass, replace

from grantwire.sandbox.access.accounts import not_authenticated
from grantwire.sandbox.apis.request_body import too_large
from grantwire.sandbox.exchange import HTML, Answer, Call, Failure

CLOSE = (("Connection", "close"),)
RULE_ID = "8d2f5c0a47103110d737cd9bd36d43c1"
MOST_BODY_BYTES = 10_485_760


@dataclass(frozen=True, slots=True)
class Scene:
    """`done` is what the request really got; None when nothing was done. `now` is in Unix seconds."""

    call: Call
    retry_after_seconds: int
    now: float
    done: Answer | None = None


def html(status: int, title: str, text: str) -> Answer:
    body = f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>"
    return Answer(status, body.encode(), HTML)


def hibernating(_: Scene) -> Answer:
    text = "Your instance is hibernating. Sign in to the developer site to wake it."
    return html(200, "Instance Hibernating page", text)


def maintenance(_: Scene) -> Answer:
    return html(503, "Service Unavailable", "The instance is temporarily unavailable.")


def bad_gateway(_: Scene) -> Answer:
    return html(502, "Bad Gateway", "The server returned an invalid response.")


def login_page(_: Scene) -> Answer:
    return html(200, "Log in | ServiceNow", '<form action="/login.do" method="post"></form>')


def redirect_to_login(scene: Scene) -> Answer:
    return Answer(302, headers=(("Location", f"{scene.call.base_url}/login.do"),))


def session_queue(_: Scene) -> Answer:
    return Answer(202)


def rate_limited(scene: Scene) -> Answer:
    return rate_limit_refusal(100, scene.now + scene.retry_after_seconds, scene.retry_after_seconds)


def rate_limit_refusal(limit: int, reset_at: float, retry_after_seconds: int) -> Answer:
    detail = f"Rate limit of {limit} requests per hour for Table API exceeded"
    headers = (*rate_limit_headers(limit, reset_at), ("Retry-After", str(retry_after_seconds)))
    return Failure(429, "Rate limit exceeded", detail, headers).answer()


def rate_limit_headers(limit: int, reset_at: float) -> tuple[tuple[str, str], ...]:
    return (
        ("X-RateLimit-Limit", str(limit)),
        ("X-RateLimit-Reset", str(int(reset_at))),
        ("X-RateLimit-Rule", RULE_ID),
    )


def semaphore_exhausted(_: Scene) -> Answer:
    return Answer(429)


def unauthorized(_: Scene) -> Answer:
    return not_authenticated().answer()


def token_refused(_: Scene) -> Answer:
    return Answer(401, b'{"error_description":"access_denied","error":"server_error"}')


def refused(message: str, detail: str | None) -> Answer:
    return Failure(403, message, detail).answer()


def unscoped(_: Scene) -> Answer:
    return refused("User Not Authorized", "Access to unscoped api is not allowed")


def missing_scope(_: Scene) -> Answer:
    return refused("User Not Authorized", "Missing required api access scope")


def api_level_acl(_: Scene) -> Answer:
    return refused("User Not Authorized", "Failed API level ACL Validation")


def acl(scene: Scene) -> Answer:
    verb = {"POST": "Insert", "DELETE": "Delete"}.get(scene.call.method, "Update")
    return refused("Operation Failed", f"ACL Exception {verb} Failed due to security constraints")


def query_rights(_: Scene) -> Answer:
    detail = "Field(s) present in the query do not have permission to be read"
    return refused("Insufficient rights to query records", detail)


def data_policy(_: Scene) -> Answer:
    detail = "Data Policy Exception: The following fields are mandatory: Resolution code, Resolution notes"
    return refused("Operation Failed", detail)


def business_rule(_: Scene) -> Answer:
    name = "Require an assignment group"
    detail = (
        f"Operation against file 'incident' was aborted by Business Rule '{name}^{RULE_ID}'. Business Rule Stack:{name}"
    )
    return refused("Operation Failed", detail)


def unique_key(_: Scene) -> Answer:
    detail = "Unique Key violation detected by database ((conn=60417) Duplicate entry 'X' for key 'u_event_id')"
    return refused("Operation Failed", detail)


def ip_blocked(_: Scene) -> Answer:
    return html(403, "Access restricted", "Security restricted: Access restricted (IP not authorized)")


def script_error(_: Scene) -> Answer:
    detail = (
        "com.glide.script.fencing.MethodNotAllowedException: Function is not allowed."
        " Check logs for error trace or enable glide.rest.debug property to verify REST request processing"
    )
    return Failure(500, "java.lang.NullPointerException", detail).answer()


def transaction_cancelled(_: Scene) -> Answer:
    return Failure(500, CANCELLED, None).answer()


def request_timeout(_: Scene) -> Answer:
    return replace(html(408, "Request Timeout", "The server timed out waiting for the request."), headers=CLOSE)


def oversized(_: Scene) -> Answer:
    return too_large(15_105_102, MOST_BODY_BYTES).answer()


CANCELLED = "Transaction cancelled: maximum execution time exceeded. Check logs for error trace"
TRAILER = f',"error":{{"message":"{CANCELLED}","detail":null}},"status":"failure"}}'.encode()


def trailing_error(scene: Scene) -> Answer:
    """A quota ended the transaction while rows were being sent: the status line had gone out as 200."""
    done = scene.done or Answer(200, b'{"result":[]}')
    return replace(done, status=200, body=(done.body or b'{"result":[]}').removesuffix(b"}") + TRAILER)


def broken_json(scene: Scene) -> Answer:
    done = scene.done or Answer(200, b'{"result":[]}')
    return replace(done, status=200, body=(done.body or b'{"result":[]}')[:-2] + TRAILER)
