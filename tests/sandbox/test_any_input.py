"""Whatever arrives, every door of the sandbox answers: no input is a defect of ours."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict
from tests.sandbox.conftest import BASIC

from grantwire.sandbox.exchange import Call
from grantwire.sandbox.faults.definition import from_form, read
from grantwire.sandbox.instance import Instance
from grantwire.sandbox.options import SandboxOptions
from grantwire.sandbox.schema.fresh_data import CATALOG_ITEM

INSTANCE = Instance(SandboxOptions(seed=2))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def among(*names: str) -> st.SearchStrategy[dict[str, object]]:
    """Objects that often have the names a door looks for."""
    return st.dictionaries(st.sampled_from(names) | st.text(max_size=4), JSON, max_size=len(names))


DOORS = {
    "/api/now/batch": st.fixed_dictionaries(
        {
            "rest_requests": st.lists(
                among("id", "method", "url", "headers", "body", "exclude_response_headers"), max_size=2
            )
        }
    ),
    "/api/now/import/imp_user": among("user_id", "first_name", "email"),
    "/api/now/import/u_imp_incident/insertMultiple": st.fixed_dictionaries(
        {"records": st.lists(among("u_state", "u_caller", "u_correlation_id", "u_work_notes"), max_size=2)}
    ),
    "/api/global/em/jsonv2": st.fixed_dictionaries({"records": st.lists(among("source", "severity"), max_size=2)}),
    f"/api/sn_sc/servicecatalog/items/{CATALOG_ITEM}/order_now": among("sysparm_quantity", "variables"),
    "/api/now/table/u_anything": JSON,
    "/api/now/table/sys_user": among("user_name", "active", "locked_out", "failed_attempts", "user_password"),
}


def answered(method: str, path: str, body: bytes, content_type: str = "application/json") -> int:
    headers = CIMultiDict({"Authorization": BASIC, "Content-Type": content_type})
    return INSTANCE.reply(Call(method, path, {}, headers, body, "http://sandbox")).answer.status


@given(st.sampled_from(sorted(DOORS)), st.data())
@settings(max_examples=300, deadline=None)
def test_any_json_is_answered_at_every_door(path: str, data: st.DataObject) -> None:
    body = data.draw(DOORS[path] | JSON)
    assert answered("POST", path, json.dumps(body).encode()) in {200, 201, 400, 403, 404}


@given(st.text(max_size=30), st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "BREW"]))
@settings(max_examples=200, deadline=None)
def test_any_path_is_answered(tail: str, method: str) -> None:
    for start in ("/api/now/table/", "/api/now/", "/api/now/attachment/", "/api/", "/"):
        assert answered(method, start + tail, b"{}") < 500


@given(st.binary(max_size=200), st.sampled_from(["multipart/form-data; boundary=x", "application/xml", "text/xml"]))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_answered_in_any_format(body: bytes, content_type: str) -> None:
    for path in ("/api/now/attachment/upload", "/api/now/table/incident", "/oauth_token.do", "/oauth_auth.do"):
        assert answered("POST", path, b"--x\r\n" + body + b"\r\n--x--", content_type) < 500
        assert answered("POST", path, body, content_type) < 500


@given(
    st.dictionaries(
        st.sampled_from(["grant_type", "code", "assertion", "refresh_token", "scope", "username", "client_id"]),
        st.text(max_size=20) | st.sampled_from(["authorization_code", "a.b.c", "e30.e30.e30", "refresh_token"]),
    )
)
@settings(max_examples=150, deadline=None)
def test_any_form_is_answered_at_the_token_url(form: dict[str, str]) -> None:
    body = "&".join(f"{name}={value}" for name, value in form.items()).encode()
    assert answered("POST", "/oauth_token.do", body, "application/x-www-form-urlencoded") == 401


MATCHES = among("method", "path", "headers", "body")
FAULTS = among("mode", "probability", "count", "skip", "on", "delay_seconds", "retry_after_seconds", "name")


@given(JSON | FAULTS | st.lists(FAULTS, max_size=2) | st.fixed_dictionaries({"match": MATCHES}))
def test_any_fault_definition_is_taken_or_explained(value: object) -> None:
    faults, problems = read(value)
    assert bool(faults) != bool(problems)


@given(st.dictionaries(st.sampled_from(["mode", "count", "probability", "body", "x"]), st.text(max_size=8)))
def test_any_form_of_a_fault_is_taken_or_explained(form: dict[str, str]) -> None:
    faults, problems = read(from_form(form))
    assert bool(faults) != bool(problems)
