"""Clients that others wrote for the real thing drive the sandbox: it is no mirror of our own client.

Both are old; what they warn of is theirs and is ignored here.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.sandbox.conftest import Client

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore:.*:marshmallow.warnings.RemovedInMarshmallow4Warning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


async def off_loop(work: Callable[[], Any]) -> Any:
    return await asyncio.to_thread(work)


class Pysnow:
    """The synchronous client; used from a thread while the sandbox runs in the test's loop."""

    def __init__(self, client: Client) -> None:
        self.host = client.url.removeprefix("http://")

    def basic(self) -> Any:
        import pysnow

        return pysnow.Client(host=self.host, use_ssl=False, user="admin", password="admin")

    def oauth(self) -> Any:
        import pysnow

        secrets = {"client_id": "sandbox-client", "client_secret": "sandbox-secret"}
        found = pysnow.OAuthClient(host=self.host, use_ssl=False, **secrets)
        found.set_token(found.generate_token("admin", "admin"))
        return found


async def test_pysnow_creates_finds_changes_and_deletes(client: Client) -> None:
    def work() -> list[Any]:
        incidents = Pysnow(client).basic().resource(api_path="/table/incident")
        made = incidents.create(payload={"short_description": "from pysnow", "impact": 1}).one()
        changed = incidents.update(query={"number": made["number"]}, payload={"cause": "x", "impact": "2"}).one()
        found = incidents.get(query={"cause": "x"}, fields=["number", "sys_id"]).one()
        deleted = incidents.delete(query={"sys_id": made["sys_id"]})
        left = incidents.get(query={"cause": "x"}).all()
        return [made, changed, found, deleted, left]

    made, changed, found, deleted, left = await off_loop(work)
    assert (made["number"], made["impact"]) == ("INC0010001", "1")
    assert (changed["sys_id"], changed["impact"], changed["cause"]) == (made["sys_id"], "2", "x")
    assert found == {"number": "INC0010001", "sys_id": made["sys_id"]}
    assert deleted == {"status": "record deleted"}
    assert left == []


async def test_pysnow_streams_and_builds_queries(client: Client) -> None:
    def work() -> list[str]:
        import pysnow

        incidents = Pysnow(client).basic().resource(api_path="/table/incident")
        for number in range(5):
            incidents.create(payload={"short_description": f"n{number}", "order": number})
        query = pysnow.QueryBuilder().field("short_description").starts_with("n").AND().field("order").greater_than(1)
        query = query.AND().field("order").order_descending()
        return [each["short_description"] for each in incidents.get(query=query, stream=True).all()]

    assert await off_loop(work) == ["n4", "n3", "n2"]


async def test_pysnow_speaks_oauth(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")

    def work() -> Any:
        incidents = Pysnow(client).oauth().resource(api_path="/table/incident")
        return incidents.create(payload={"short_description": "with a token"}).one()

    assert (await off_loop(work))["sys_created_by"] == "admin"
    entries = (await client.call("GET", "/sandbox/requests", params={"path": "/oauth_token.do"})).json["requests"]
    assert entries[0]["headers"]["Content-Type"].startswith("application/x-www-form-urlencoded")


async def test_pysnow_is_told_of_a_wrong_password(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")

    def work() -> None:
        import pysnow

        secrets = {"client_id": "sandbox-client", "client_secret": "sandbox-secret"}
        found = pysnow.OAuthClient(host=Pysnow(client).host, use_ssl=False, **secrets)
        with pytest.raises(pysnow.exceptions.TokenCreateError):
            found.generate_token("admin", "wrong")

    await off_loop(work)


async def test_pysnow_attaches_a_file(client: Client, tmp_path: Path) -> None:
    (tmp_path / "event.txt").write_text("all of it")

    def work() -> list[Any]:
        incidents = Pysnow(client).basic().resource(api_path="/table/incident")
        made = incidents.create(payload={}).one()
        incidents.attachments.upload(sys_id=made["sys_id"], file_path=str(tmp_path / "event.txt"))
        return incidents.attachments.get(sys_id=made["sys_id"])

    assert [(each["file_name"], each["size_bytes"]) for each in await off_loop(work)] == [("event.txt", "9")]


async def test_pysnow_sees_an_error_as_an_error(client: Client) -> None:
    def work() -> int:
        import requests

        table = Pysnow(client).basic().resource(api_path="/table/no_such_table")
        with pytest.raises(requests.exceptions.HTTPError) as caught:
            table.get(query={}).all()
        return caught.value.response.status_code

    assert await off_loop(work) == 400


def aiosnow_model(client: Client) -> Any:
    from aiosnow import Client as AiosnowClient
    from aiosnow.models.table.declared import IncidentModel

    address = client.url.removeprefix("http://")
    found = AiosnowClient(address, basic_auth=("admin", "admin"), use_ssl=False)
    return IncidentModel(found, table_name="incident")


async def test_aiosnow_creates_finds_changes_and_deletes(client: Client) -> None:
    from aiosnow.models.table.declared import IncidentModel

    async with aiosnow_model(client) as incidents:
        made = await incidents.create({"short_description": "from aiosnow", "impact": 1, "caller_id": "Abel Tuter"})
        assert made["number"] == "INC0010001"
        await incidents.update(made["sys_id"], {"description": "changed"})
        found = await incidents.get_one(IncidentModel.number == "INC0010001")
        assert (found["short_description"], found["description"]) == ("from aiosnow", "changed")
        assert (found["priority"].key, found["priority"].value) == (3, "3 - Moderate")
        await incidents.delete(made["sys_id"])
    assert await client.total() == 0


async def test_aiosnow_streams_by_limit_and_offset(client: Client) -> None:
    from aiosnow import select
    from aiosnow.models.table.declared import IncidentModel

    for number in range(7):
        await client.create({"short_description": f"n{number}", "category": "network" if number else "inquiry"})
    async with aiosnow_model(client) as incidents:
        query = select(IncidentModel.short_description.starts_with("n")).order_asc(IncidentModel.number)
        seen = [each["short_description"] async for _, each in incidents.stream(query, limit=100, page_size=3)]
    assert seen == [f"n{number}" for number in range(7)]
