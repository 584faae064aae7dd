"""The catalogue over HTTP: shown, replaced as a whole, guarded by its version."""

from typing import Any

from tests.domain.catalogues import sample_catalogue
from tests.edges.api.house import House


async def put(house: House, raw: dict[str, Any], **options: Any) -> Any:
    return await house.client.put("/v1/catalogue", json=raw, **options)


async def test_before_anybody_wrote_one_it_is_empty_at_version_0(house: House) -> None:
    answer = await house.client.get("/v1/catalogue")
    assert (answer.status_code, answer.headers["etag"]) == (200, '"0"')
    assert answer.json() == {
        "people": [],
        "groups": [],
        "integrations": [],
        "bundles": [],
        "access_flows": [],
        "version": 0,
    }


async def test_what_was_put_is_shown_and_can_be_put_back_as_it_was_answered(house: House) -> None:
    first = await put(house, sample_catalogue())
    assert (first.status_code, first.json()["version"], first.headers["etag"]) == (200, 1, '"1"')
    shown = (await house.client.get("/v1/catalogue")).json()
    assert shown == first.json()
    again = await put(house, shown)
    assert again.json() == shown  # the same is no new version


async def test_a_dry_run_answers_what_it_would_be_and_stores_nothing(house: House) -> None:
    answer = await put(house, sample_catalogue(), params={"dry_run": "true"})
    assert answer.json()["people"][0]["email"] == sample_catalogue()["people"][0]["email"]
    assert (await house.client.get("/v1/catalogue")).json()["people"] == []


async def test_a_change_over_one_that_was_not_seen_is_refused(house: House) -> None:
    await put(house, sample_catalogue())
    seen = {"If-Match": '"0"'}
    answer = await put(house, {}, headers=seen)
    assert answer.status_code == 412
    assert 'version "1", the call is for "0"' in answer.json()["problems"][0]["message"]
    assert (await put(house, {}, headers={"If-Match": '"1"'})).json()["version"] == 2
    assert (await put(house, {}, headers={"If-Match": "\u00b2".encode("latin-1")})).status_code == 412


async def test_all_problems_are_told_at_once_and_nothing_changes(house: House) -> None:
    await put(house, sample_catalogue())
    wrong = sample_catalogue()
    wrong["people"][0]["emial"] = "x"
    wrong["access_flows"][0]["longest"] = "a while"
    answer = await put(house, wrong)
    assert answer.status_code == 400
    assert [one["path"] for one in answer.json()["problems"]] == ["people[0].emial", "access_flows[0].longest"]
    assert (await house.client.get("/v1/catalogue")).json()["version"] == 1


async def test_who_changed_it_is_on_record(house: House) -> None:
    await put(house, sample_catalogue())
    kept = await house.store.catalogue()
    assert (kept.version, kept.changed_by) == (1, "API key the test")
