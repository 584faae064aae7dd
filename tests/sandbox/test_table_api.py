"""Paths, methods, status codes and parameters of the Table API."""

import io

import pytest
from tests.sandbox.conftest import INCIDENT, Client

RECORDED_ORDER = [
    "parent",
    "made_sla",
    "caused_by",
    "watch_list",
    "upon_reject",
    "sys_updated_on",
    "child_incidents",
    "hold_reason",
    "origin_table",
    "task_effective_number",
    "approval_history",
    "number",
    "resolved_by",
    "sys_updated_by",
    "opened_by",
    "user_input",
    "sys_created_on",
    "sys_domain",
    "state",
    "route_reason",
    "sys_created_by",
    "knowledge",
    "order",
    "calendar_stc",
    "closed_at",
    "cmdb_ci",
    "delivery_plan",
    "contract",
    "impact",
    "active",
    "work_notes_list",
    "business_service",
    "business_impact",
    "priority",
    "sys_domain_path",
    "rfc",
    "time_worked",
    "expected_start",
    "opened_at",
    "business_duration",
    "group_list",
    "work_end",
    "caller_id",
    "reopened_time",
    "resolved_at",
    "approval_set",
    "subcategory",
    "work_notes",
    "universal_request",
    "short_description",
    "close_code",
    "correlation_display",
    "delivery_task",
    "work_start",
    "assignment_group",
    "additional_assignee_list",
    "business_stc",
    "cause",
    "description",
    "origin_id",
    "calendar_duration",
    "close_notes",
    "notify",
    "service_offering",
    "sys_class_name",
    "closed_by",
    "follow_up",
    "parent_incident",
    "sys_id",
    "contact_type",
    "reopened_by",
    "incident_state",
    "urgency",
    "problem_id",
    "company",
    "reassignment_count",
    "activity_due",
    "assigned_to",
    "severity",
    "comments",
    "approval",
    "sla_due",
    "comments_and_work_notes",
    "due_date",
    "sys_mod_count",
    "reopen_count",
    "sys_tags",
    "escalation",
    "upon_approval",
    "correlation_id",
    "location",
    "category",
]


async def test_an_empty_post_makes_the_incident_that_was_recorded(client: Client) -> None:
    got = await client.call("POST", INCIDENT, {})
    assert got.status == 201
    assert list(got.result) == RECORDED_ORDER
    expected = {
        "made_sla": "true",
        "upon_reject": "cancel",
        "state": "1",
        "incident_state": "1",
        "impact": "3",
        "urgency": "3",
        "severity": "3",
        "priority": "5",
        "active": "true",
        "knowledge": "false",
        "notify": "1",
        "approval": "not requested",
        "category": "inquiry",
        "escalation": "0",
        "upon_approval": "proceed",
        "sys_class_name": "incident",
        "sys_domain_path": "/",
        "child_incidents": "0",
        "reassignment_count": "0",
        "reopen_count": "0",
        "sys_mod_count": "0",
        "number": "INC0010001",
        "task_effective_number": "INC0010001",
        "sys_created_by": "admin",
        "sys_updated_by": "admin",
        "caller_id": "",
        "cause": "",
    }
    assert {name: got.result[name] for name in expected} == expected
    assert got.result["sys_domain"]["link"].endswith("/api/now/v2/table/sys_user_group/global")
    assert got.result["opened_by"]["value"] == "6816f79cc0a8016401c5a33be04be441"


async def test_every_value_is_a_text(client: Client) -> None:
    record = await client.create({"impact": 1, "knowledge": True, "order": 12, "short_description": 4.0})
    assert all(isinstance(value, str | dict) for value in record.values())
    assert (record["impact"], record["knowledge"], record["order"]) == ("1", "true", "12")
    assert record["short_description"] == "4"


async def test_numbers_count_up_from_inc0010001(client: Client) -> None:
    assert [(await client.create({}))["number"] for _ in range(3)] == ["INC0010001", "INC0010002", "INC0010003"]


async def test_created_answers_with_the_place_of_the_record(client: Client) -> None:
    got = await client.call("POST", INCIDENT, {})
    assert got.headers["Location"] == f"{client.url}/api/now/v2/table/incident/{got.result['sys_id']}"
    assert (await client.call("GET", got.headers["Location"].removeprefix(client.url))).result["number"] == "INC0010001"


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_put_and_patch_change_only_what_is_given(client: Client, method: str) -> None:
    record = await client.create({"short_description": "a", "description": "b"})
    got = await client.call(method, f"{INCIDENT}/{record['sys_id']}", {"short_description": "c"})
    assert (got.status, got.result["short_description"], got.result["description"]) == (200, "c", "b")
    assert got.result["sys_mod_count"] == "1"


async def test_delete_answers_204_without_a_body(client: Client) -> None:
    record = await client.create({})
    got = await client.call("DELETE", f"{INCIDENT}/{record['sys_id']}")
    assert (got.status, got.body) == (204, b"")
    assert (await client.call("GET", f"{INCIDENT}/{record['sys_id']}")).status == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
async def test_an_unknown_sys_id_is_404_for_every_method(client: Client, method: str) -> None:
    got = await client.call(method, f"{INCIDENT}/{'0' * 32}", {} if method in {"PUT", "PATCH"} else None)
    assert got.status == 404
    assert got.json == {
        "error": {
            "message": "No Record found",
            "detail": "Record doesn't exist or ACL restricts the record retrieval",
        },
        "status": "failure",
    }


async def test_head_answers_like_get_without_the_body(client: Client) -> None:
    await client.create({})
    got = await client.call("HEAD", INCIDENT)
    assert (got.status, got.headers["X-Total-Count"], got.body) == (200, "1", b"")


async def test_the_method_can_be_overridden(client: Client) -> None:
    record = await client.create({})
    got = await client.call(
        "POST", f"{INCIDENT}/{record['sys_id']}", {"cause": "x"}, headers={"X-HTTP-Method-Override": "PATCH"}
    )
    assert (got.status, got.result["cause"]) == (200, "x")


async def test_the_body_can_be_left_out(client: Client) -> None:
    got = await client.call("POST", INCIDENT, {}, headers={"X-no-response-body": "true"})
    assert (got.status, got.body) == (201, b"")
    assert "Location" in got.headers


async def test_of_an_array_only_the_first_element_is_taken(client: Client) -> None:
    got = await client.call("POST", INCIDENT, [{"short_description": "first"}, {"short_description": "second"}])
    assert (got.status, got.result["short_description"]) == (201, "first")
    assert await client.total() == 1


async def test_an_empty_text_clears_a_field(client: Client) -> None:
    record = await client.create({"short_description": "a", "category": "network"})
    got = await client.change(record["sys_id"], {"short_description": "", "category": ""})
    assert (got.result["short_description"], got.result["category"]) == ("", "")


@pytest.mark.parametrize(("version", "shown"), [("", "v2"), ("/v1", "v1"), ("/v2", "v2")])
async def test_every_version_of_the_path_works(client: Client, version: str, shown: str) -> None:
    got = await client.call("POST", f"/api/now{version}/table/incident", {})
    assert f"/api/now/{shown}/table/incident/" in got.headers["Location"]


async def test_v1_answers_404_to_an_empty_list_and_v2_does_not(client: Client) -> None:
    first = await client.call("GET", "/api/now/v1/table/incident")
    assert (first.status, first.json["error"]["message"]) == (404, "No Record found")
    assert first.json["error"]["detail"].startswith("Records matching query not found.")
    for path in ("/api/now/v2/table/incident", INCIDENT):
        assert (await client.call("GET", path)).json == {"result": []}


async def test_a_slash_at_the_end_does_not_matter(client: Client) -> None:
    record = await client.create({})
    assert (await client.call("PATCH", f"{INCIDENT}/{record['sys_id']}/", {"cause": "x"})).status == 200


@pytest.mark.parametrize("table", ["u_access_log", "x_acme_audit"])
async def test_a_custom_table_takes_any_field(client: Client, table: str) -> None:
    record = await client.create({"u_event_id": "e-1", "u_who": "Ada"}, table)
    assert (record["u_event_id"], record["u_who"]) == ("e-1", "Ada")
    assert [each["u_who"] for each in await client.find("u_event_id=e-1", table)] == ["Ada"]


async def test_an_unknown_table_is_400(client: Client) -> None:
    got = await client.call("POST", "/api/now/table/sys_nonexistent", {})
    assert (got.status, got.json["error"]["message"]) == (400, "Invalid table sys_nonexistent")


async def test_an_unknown_path_is_400(client: Client) -> None:
    got = await client.call("GET", "/api/now/nothing/here")
    assert got.status == 400
    assert got.json["error"] == {"message": "Requested URI does not represent any resource", "detail": None}


async def test_task_shows_the_records_of_every_table_below_it(client: Client) -> None:
    await client.create({"short_description": "an incident"})
    await client.create({"short_description": "a change"}, "change_request")
    found = await client.find("ORDERBYnumber", "task")
    assert [each["number"] for each in found] == ["CHG0010001", "INC0010001"]
    one = await client.call("GET", f"/api/now/table/task/{found[1]['sys_id']}")
    assert one.result["sys_class_name"] == "incident"


@pytest.mark.parametrize("table", ["sys_choice", "sys_user", "sys_user_group"])
async def test_a_fresh_instance_has_people_groups_and_choices(client: Client, table: str) -> None:
    assert await client.find("", table)


async def test_close_codes_can_be_looked_up(client: Client) -> None:
    found = await client.find("name=incident^element=close_code", "sys_choice")
    assert "Resolved by request" in [each["value"] for each in found]
    assert "Solved (Permanently)" not in [each["value"] for each in found]


async def test_only_the_fields_asked_for_come_back_and_unknown_ones_do_not(client: Client) -> None:
    await client.create({"caller_id": "Abel Tuter"})
    got = await client.call("GET", INCIDENT, params={"sysparm_fields": "number,nonsense,caller_id.email, state"})
    assert got.result == [{"number": "INC0010001", "caller_id.email": "abel.tuter@example.com", "state": "1"}]


async def test_an_empty_list_of_fields_means_all(client: Client) -> None:
    await client.create({})
    got = await client.call("GET", INCIDENT, params={"sysparm_fields": ""})
    assert len(got.result[0]) == len(RECORDED_ORDER)


async def test_limit_and_offset_cut_a_page_and_links_lead_on(client: Client) -> None:
    for _ in range(5):
        await client.create({})
    got = await client.call("GET", INCIDENT, params={"sysparm_limit": "2", "sysparm_offset": "2", "state": "1"})
    assert [each["number"] for each in got.result] == ["INC0010003", "INC0010004"]
    assert got.headers["X-Total-Count"] == "5"
    base = f"{client.url}{INCIDENT}?state=1&sysparm_limit=2&sysparm_offset="
    assert got.headers["Link"] == ",".join(
        f'<{base}{offset}>;rel="{name}"' for name, offset in (("first", 0), ("prev", 0), ("next", 4), ("last", 4))
    )


async def test_the_first_page_has_a_previous_one_before_the_beginning(client: Client) -> None:
    await client.create({})
    await client.create({})
    got = await client.call("GET", INCIDENT, params={"sysparm_limit": "1"})
    assert 'sysparm_offset=-1>;rel="prev"' in got.headers["Link"]


async def test_the_last_page_has_no_next_one(client: Client) -> None:
    await client.create({})
    got = await client.call("GET", INCIDENT)
    assert 'rel="next"' not in got.headers["Link"]


async def test_the_count_and_the_links_can_be_left_out(client: Client) -> None:
    await client.create({})
    assert "X-Total-Count" not in (await client.call("GET", INCIDENT, params={"sysparm_no_count": "true"})).headers
    quiet = await client.call("GET", INCIDENT, params={"sysparm_suppress_pagination_header": "true"})
    assert "Link" not in quiet.headers
    assert quiet.headers["X-Total-Count"] == "1"


@pytest.mark.parametrize("name", ["sysparm_view", "sysparm_query_category", "sysparm_query_no_domain"])
async def test_parameters_without_effect_here_are_accepted(client: Client, name: str) -> None:
    await client.create({})
    assert len((await client.call("GET", INCIDENT, params={name: "x"})).result) == 1


@pytest.mark.parametrize("value", ["-1", "abc", "9" * 5000, "", "1.5"])
async def test_a_limit_that_is_no_number_counts_as_the_default(client: Client, value: str) -> None:
    await client.create({})
    assert len((await client.call("GET", INCIDENT, params={"sysparm_limit": value})).result) == 1


async def test_links_can_name_the_instance_instead_of_the_host_asked(client: Client) -> None:
    await client.properties(glide__rest__replace_request_host_with_property=True)
    got = await client.call("POST", INCIDENT, {})
    assert got.headers["Location"].startswith("https://sandbox.service-now.com/api/now/v2/table/incident/")


async def test_xml_is_spoken_too(client: Client) -> None:
    got = await client.call(
        "POST",
        INCIDENT,
        data="<request><entry><short_description>a &lt; b</short_description></entry></request>",
        headers={"Content-Type": "application/xml", "Accept": "application/xml"},
    )
    assert got.status == 201
    assert got.headers["Content-Type"].startswith("application/xml")
    assert "<short_description>a &lt; b</short_description>" in got.text


async def test_an_xml_document_type_is_refused(client: Client) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]><request><entry><cause>&a;</cause></entry></request>'
    got = await client.call("POST", INCIDENT, data=bomb, headers={"Content-Type": "text/xml"})
    assert got.status == 400


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        ("{'a': 1}", "application/json", 400),
        ('{"a": 1', "application/json", 400),
        ('{"a": NaN}', "application/json", 400),
        ("", "application/json", 400),
        ('"text"', "application/json", 400),
        (b'{"a": "\xff"}', "application/json", 400),
        ("[" * 100_000, "application/json", 400),
        ("a=b", "application/x-www-form-urlencoded", 415),
        ("<a", "application/xml", 400),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused(client: Client, data: str, content_type: str, status: int) -> None:
    got = await client.call("POST", INCIDENT, data=data, headers={"Content-Type": content_type})
    assert got.status == status
    assert got.json["status"] == "failure"
    if status == 400:
        assert got.json["error"]["message"] == "Exception while reading request"
    assert await client.total() == 0


async def test_a_format_that_is_not_spoken_is_406(client: Client) -> None:
    assert (await client.call("GET", INCIDENT, headers={"Accept": "image/png"})).status == 406


@pytest.mark.parametrize(("method", "path"), [("PUT", INCIDENT), ("DELETE", INCIDENT), ("POST", f"{INCIDENT}/x")])
async def test_a_method_that_does_not_fit_the_path_is_405(client: Client, method: str, path: str) -> None:
    assert (await client.call(method, path, {})).status == 405


async def test_a_body_over_the_limit_is_400_and_not_413(client: Client) -> None:
    await client.properties(glide__rest__max_content_length=1000)
    got = await client.call("POST", INCIDENT, {"description": "x" * 2000})
    assert got.status == 400
    size = len('{"description": ""}') + 2000
    assert got.json["error"] == {
        "message": "Exception while reading request",
        "detail": f"Rejected large REST payload with content-length = {size} bytes. Max allowed: 1000 bytes.",
    }


async def test_the_limit_is_ten_megabytes_at_first(client: Client) -> None:
    got = await client.call(
        "POST", INCIDENT, data=io.BytesIO(b" " * 10_485_761), headers={"Content-Type": "application/json"}
    )
    assert (got.status, "Max allowed: 10485760" in got.text) == (400, True)
