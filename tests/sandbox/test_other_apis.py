"""Stats, attachments, batches, import sets, events, the catalog, on call."""

import base64
import json
from typing import Any

import aiohttp
import pytest
from tests.sandbox.conftest import INCIDENT, Client

from grantwire.sandbox.schema.fresh_data import CATALOG_ITEM, ROTA


async def test_stats_count(client: Client) -> None:
    await client.create({})
    await client.create({"impact": 1})
    got = await client.call("GET", "/api/now/stats/incident", params={"sysparm_count": "true"})
    assert got.json == {"result": {"stats": {"count": "2"}}}


async def test_stats_group_and_calculate(client: Client) -> None:
    for order in (1, 2, 6):
        await client.create({"impact": 1 if order == 6 else 2, "order": order})
    params = {
        "sysparm_count": "true",
        "sysparm_group_by": "impact",
        "sysparm_avg_fields": "order",
        "sysparm_sum_fields": "order",
        "sysparm_min_fields": "order",
        "sysparm_max_fields": "order",
        "sysparm_display_value": "all",
    }
    got = await client.call("GET", "/api/now/stats/incident", params=params)
    assert got.result == [
        {
            "stats": {"count": "1", "avg": {"order": "6.0000"}, "max": {"order": "6"}, "min": {"order": "6"}}
            | {"sum": {"order": "6"}},
            "groupby_fields": [{"field": "impact", "display_value": "1 - High", "value": "1"}],
        },
        {
            "stats": {"count": "2", "avg": {"order": "1.5000"}, "max": {"order": "2"}, "min": {"order": "1"}}
            | {"sum": {"order": "3"}},
            "groupby_fields": [{"field": "impact", "display_value": "2 - Medium", "value": "2"}],
        },
    ]


async def attached(client: Client, **changes: str) -> Any:
    record = await client.create({})
    params = {"table_name": "incident", "table_sys_id": record["sys_id"], "file_name": "event.json", **changes}
    return await client.call(
        "POST",
        "/api/now/attachment/file",
        data=b'{"a": 1}',
        params=params,
        headers={"Content-Type": "application/json"},
    )


async def test_an_attachment_is_kept_listed_read_and_deleted(client: Client) -> None:
    got = await attached(client)
    assert got.status == 201
    path = f"/api/now/attachment/{got.result['sys_id']}"
    assert got.headers["Location"] == got.result["download_link"] == f"{client.url}{path}/file"
    assert (got.result["size_bytes"], got.result["content_type"]) == ("8", "application/json")
    listed = await client.call("GET", "/api/now/attachment", params={"file_name": "event.json"})
    assert [each["sys_id"] for each in listed.result] == [got.result["sys_id"]]
    assert (await client.call("GET", path)).result["file_name"] == "event.json"
    file = await client.call("GET", f"{path}/file")
    assert (file.body, file.headers["Content-Type"]) == (b'{"a": 1}', "application/json")
    assert (await client.call("DELETE", path)).status == 204
    assert (await client.call("GET", f"{path}/file")).status == 404


@pytest.mark.parametrize(("changes", "status"), [({"file_name": ""}, 400), ({"table_sys_id": "0" * 32}, 404)])
async def test_an_attachment_to_nothing_is_refused(client: Client, changes: dict[str, str], status: int) -> None:
    assert (await attached(client, **changes)).status == status


async def test_an_attachment_may_come_as_a_multipart_form(client: Client) -> None:
    record = await client.create({})
    form = aiohttp.FormData()
    form.add_field("table_name", "incident")
    form.add_field("table_sys_id", record["sys_id"])
    form.add_field("uploadFile", b"\x00\xffdata", filename="a.bin", content_type="application/x-thing")
    got = await client.call("POST", "/api/now/attachment/upload", data=form)
    assert (got.status, got.result["file_name"], got.result["size_bytes"]) == (201, "a.bin", "6")


def part(identity: str, method: str, url: str, body: Any = None, **more: Any) -> dict[str, Any]:
    headers = [{"name": "Content-Type", "value": "application/json"}, {"name": "Accept", "value": "application/json"}]
    text = base64.b64encode(json.dumps(body).encode()).decode() if body is not None else ""
    return {"id": identity, "method": method, "url": url, "headers": headers, "body": text, **more}


async def test_a_batch_runs_each_request_and_answers_each(client: Client) -> None:
    asked = {
        "batch_request_id": "b-1",
        "rest_requests": [
            part("a", "POST", INCIDENT, {"short_description": "from a batch"}, exclude_response_headers=True),
            part("b", "GET", f"{INCIDENT}?sysparm_query=short_description=from a batch&sysparm_fields=number"),
            part("c", "GET", "/api/now/table/nothing"),
            part("d", "GET", "https://elsewhere.example/api/now/table/incident"),
            part("e", "POST", "/api/now/batch", {}),
        ],
    }
    for path in ("/api/now/batch", "/api/now/v1/batch"):
        got = await client.call("POST", path, asked)
        assert (got.status, got.json["batch_request_id"], got.json["unserviced_requests"]) == (200, "b-1", [])
        served = got.json["serviced_requests"]
        assert [each["status_code"] for each in served] == [201, 200, 400, 400, 400]
    assert (served[0]["status_text"], served[0]["headers"]) == ("Created", [])
    rows = json.loads(base64.b64decode(served[1]["body"]))["result"]
    assert [each["number"] for each in rows] == ["INC0010001", "INC0010002"]


async def test_what_a_batch_has_no_time_for_is_left_unserviced_and_not_run(client: Client) -> None:
    await client.properties(sandbox__batch__served=2)
    parts = [part(one, "POST", INCIDENT, {"short_description": one}) for one in "abcd"]
    got = await client.call("POST", "/api/now/v1/batch", {"batch_request_id": "b", "rest_requests": parts})
    assert [each["id"] for each in got.json["serviced_requests"]] == ["a", "b"]
    assert got.json["unserviced_requests"] == ["c", "d"]
    rows = await client.call("GET", f"{INCIDENT}?sysparm_fields=short_description")
    assert sorted(row["short_description"] for row in rows.json["result"]) == ["a", "b"]


async def test_an_import_inserts_updates_and_ignores_by_its_coalesce_column(client: Client) -> None:
    path = "/api/now/import/u_imp_incident"
    row = {"u_correlation_id": "req-1", "u_short_description": "a"}
    first = await client.call("POST", path, row)
    assert (first.status, first.json["staging_table"], first.json["import_set"]) == (
        201,
        "u_imp_incident",
        "ISET0010001",
    )
    inserted = first.json["result"][0]
    assert (inserted["status"], inserted["table"], inserted["display_value"]) == ("inserted", "incident", "INC0010001")
    changed = (await client.call("POST", path, {**row, "u_short_description": "b"})).json["result"][0]
    same = (await client.call("POST", path, {**row, "u_short_description": "b"})).json["result"][0]
    assert (changed["status"], same["status"], changed["sys_id"]) == ("updated", "ignored", inserted["sys_id"])
    assert await client.total() == 1
    again = await client.call("GET", first.headers["Location"].removeprefix(client.url))
    assert again.json == first.json


async def test_an_import_answers_201_even_when_the_row_failed(client: Client) -> None:
    got = await client.call("POST", "/api/now/import/u_imp_incident", {"u_correlation_id": "x", "u_state": "7"})
    assert got.status == 201
    result = got.json["result"][0]
    assert (result["status"], "Data Policy Exception" in result["error_message"]) == ("error", True)


async def test_many_rows_are_imported_at_once(client: Client) -> None:
    rows = [{"u_correlation_id": f"r-{number % 2}"} for number in range(4)]
    got = await client.call("POST", "/api/now/import/u_imp_incident/insertMultiple", {"records": rows})
    assert (got.status, set(got.json)) == (201, {"import_set_id", "multi_import_set_id"})
    assert await client.total() == 2


async def test_a_transform_map_can_be_added(client: Client) -> None:
    wanted = {
        "staging_table": "u_access_events",
        "target_table": "u_access_log",
        "fields": {"id": "u_event_id", "who": "u_who"},
        "coalesce": ["u_event_id"],
    }
    assert (await client.call("POST", "/sandbox/transform_maps", wanted)).status == 201
    for expected in ("inserted", "ignored"):
        got = await client.call("POST", "/api/now/import/u_access_events", {"id": "e-1", "who": "Ada"})
        assert got.json["result"][0]["status"] == expected
    assert (await client.call("POST", "/api/now/import/u_unknown", {})).status == 400


async def test_events_are_taken_in_bulk(client: Client) -> None:
    event = {"source": "grantwire", "message_key": "req-1", "severity": "4", "additional_info": '{"a": 1}'}
    got = await client.call("POST", "/api/global/em/jsonv2", {"records": [event, event]})
    assert got.json == {"result": {"Default Bulk Endpoint": "2 events were inserted"}}
    assert len(await client.find("message_key=req-1", "em_event")) == 2


async def test_a_catalog_item_can_be_ordered(client: Client) -> None:
    body = {"sysparm_quantity": 1, "variables": {"why": "on call"}, "sysparm_requested_for": "Abel Tuter"}
    for path in ("/api/sn_sc/servicecatalog", "/api/sn_sc/v1/servicecatalog"):
        got = await client.call("POST", f"{path}/items/{CATALOG_ITEM}/order_now", body)
        assert set(got.result) == {"sys_id", "number", "request_number", "request_id", "table"}
    assert got.result["number"] == "REQ0010002"
    items = await client.find(f"request={got.result['sys_id']}", "sc_req_item")
    assert (items[0]["number"], items[0]["description"]) == ("RITM0010002", "{why=on call}")


async def test_who_is_on_call_names_a_user(client: Client) -> None:
    got = await client.call("GET", "/api/now/on_call_rota/whoisoncall", params={"rota_ids": ROTA})
    user = await client.call("GET", f"/api/now/table/sys_user/{got.result[0]['userId']}")
    assert user.result["user_name"] == "beth.anglin"
    assert (await client.call("GET", "/api/now/on_call_rota/whoisoncall", params={"rota_ids": "x"})).result == []
