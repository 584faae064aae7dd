"""The pages for people."""

import json
import re

import pytest
from tests.sandbox.conftest import Client

NASTY = '<script>alert("1")</script>'
PAGES = ("/", "/sandbox", "/sandbox/page/faults", "/sandbox/page/requests")


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_needs_no_script_and_loads_nothing_from_elsewhere(client: Client, path: str) -> None:
    await client.create({"short_description": NASTY})
    got = await client.call("GET", path, auth=None)
    assert got.status == 200
    policy = got.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert not re.findall(r"<script|javascript:|https?://|style=", got.text)


async def test_incidents_are_listed_newest_first_in_pages(client: Client) -> None:
    for number in range(30):
        await client.create({"short_description": f"number {number}", "cause": "RequestCreated"})
    first = (await client.call("GET", "/", auth=None)).text
    assert re.findall(r"INC00\d+", first)[:2] == ["INC0010030", "INC0010029"]
    assert "1-25 of 30" in first
    second = (await client.call("GET", "/?page=2", auth=None)).text
    assert re.findall(r"INC00\d+", second) == [f"INC00100{number:02d}" for number in (5, 4, 3, 2, 1)]
    for odd in ("0", "99", "x", "9" * 5000):
        assert (await client.call("GET", f"/?page={odd}", auth=None)).status == 200


async def test_what_people_wrote_is_escaped_everywhere(client: Client) -> None:
    record = await client.create(dict.fromkeys(("short_description", "cause", "description", "caused_by"), NASTY))
    paths = ["/", f"/sandbox/page/incidents/{record['sys_id']}", "/sandbox/page/requests"]
    await client.call("GET", f"/api/now/table/{NASTY}")
    for path in paths:
        text = (await client.call("GET", path, auth=None)).text
        assert "<script" not in text
        assert "&lt;script&gt;" in text


async def test_one_incident_shows_its_fields_and_lays_out_json_in_json(client: Client) -> None:
    inner = json.dumps({"event_type": "RequestCreated", "requester": "Ada"})
    fields = {"description": json.dumps({"event": inner}), "caller_id": "Abel Tuter", "work_notes": "noted"}
    record = await client.create(fields)
    text = (await client.call("GET", f"/sandbox/page/incidents/{record['sys_id']}", auth=None)).text
    assert "&quot;event_type&quot;: &quot;RequestCreated&quot;" in text
    assert "Abel Tuter" in text
    assert "62826bf03710200044e0bfc8bcbe5df1" in text
    assert "noted" in text
    assert "close_code" not in text


async def test_a_reference_that_points_nowhere_is_marked(client: Client) -> None:
    record = await client.create({"caused_by": "Ada Lovelace", "caller_id": "Abel Tuter"})
    text = (await client.call("GET", f"/sandbox/page/incidents/{record['sys_id']}", auth=None)).text
    assert "no such record in change_request" in text
    assert "no such record in sys_user" not in text


async def test_an_incident_that_is_not_there_is_404(client: Client) -> None:
    assert (await client.call("GET", "/sandbox/page/incidents/nothing", auth=None)).status == 404


async def test_faults_are_switched_on_and_off_with_forms(client: Client) -> None:
    form = {"mode": "hibernating", "on": "token", "probability": "0.5", "count": "3", "path": "", "body": "x"}
    on = await client.call("POST", "/sandbox/page/faults", auth=None, data=form)
    assert (on.status, on.headers["Location"]) == (303, "/sandbox/page/faults")
    fault = (await client.call("GET", "/sandbox/faults")).json["faults"][0]
    assert (fault["mode"], fault["on"], fault["probability"], fault["count"]) == ("hibernating", "token", 0.5, 3)
    assert fault["match"]["body"] == "x"
    page = (await client.call("GET", "/sandbox/page/faults", auth=None)).text
    assert f"/sandbox/page/faults/{fault['id']}/remove" in page
    await client.call("POST", f"/sandbox/page/faults/{fault['id']}/remove", auth=None)
    assert (await client.call("GET", "/sandbox/faults")).json["faults"] == []


async def test_a_wrong_form_comes_back_with_every_problem_and_what_was_typed(client: Client) -> None:
    form = {"mode": "slow", "probability": "7", "count": "many", "body": "kept text"}
    got = await client.call("POST", "/sandbox/page/faults", auth=None, data=form)
    assert got.status == 400
    assert "probability: 7 is not a number from 0 to 1" in got.text
    assert "count:" in got.text
    assert 'value="kept text"' in got.text


async def test_no_credential_is_shown(client: Client) -> None:
    await client.token(grant_type="client_credentials")
    await client.create({})
    text = (await client.call("GET", "/sandbox/page/requests", auth=None)).text
    assert "sandbox-secret" not in text
    assert "YWRtaW46YWRtaW4" not in text


async def test_a_link_to_a_record_of_a_real_instance_opens_it_here(client: Client) -> None:
    sys_id = (await client.create({"short_description": "printer"}))["sys_id"]
    got = await client.call("GET", f"/nav_to.do?uri=incident.do%3Fsys_id%3D{sys_id}", auth=None)
    assert (got.status, got.headers["Location"]) == (303, f"/sandbox/page/incidents/{sys_id}")
    assert (await client.call("GET", "/nav_to.do?uri=//elsewhere.example/", auth=None)).status == 404
