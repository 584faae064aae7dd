"""What is not the caller's fault: 503 with Retry-After, 500 without internals, health for machines."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from tests.edges.api.house import House, event

from grantwire.domain.errors import Broken, NotNow
from grantwire.edges.api.app import build_app
from grantwire.edges.api.flows import ApiOptions, Flows


class Failing:
    """A flow whose every call raises."""

    def __init__(self, fault: Callable[[], Exception]) -> None:
        self._fault = fault

    def __getattr__(self, name: str) -> Any:
        async def fail(*args: object, **kwargs: object) -> None:
            raise self._fault()

        return fail


def client_of(house: House, flows: Flows) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=build_app(flows, ApiOptions()), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://grantwire", headers=house.client.headers)


CALLS = [("POST", "/v1/events", event()), ("GET", "/v1/webhooks", None), ("GET", "/v1/deliveries", None)]


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
async def test_a_full_disk_is_503_with_the_time_to_come_back(house: House, method: str, path: str, body: Any) -> None:
    failing: Any = Failing(lambda: NotNow("the disk is full", retry_after_seconds=7))
    async with client_of(house, replace(house.flows, ingest=failing, configure=failing, look=failing)) as client:
        answer = await client.request(method, path, json=body)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")
    assert answer.json()["title"] == "the disk is full"


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
async def test_a_defect_is_500_without_its_inside_and_is_noted(house: House, method: str, path: str, body: Any) -> None:
    failing: Any = Failing(lambda: KeyError("the secret inside"))
    async with client_of(house, replace(house.flows, ingest=failing, configure=failing, look=failing)) as client:
        answer = await client.request(method, path, json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "inside" not in answer.text
    [noted] = house.facts.named("api.failed")
    assert (noted["path"], type(noted["defect"])) == (path, KeyError)


async def test_a_broken_thing_says_what_is_safe_to_say(house: House) -> None:
    failing: Any = Failing(lambda: Broken("a secret does not open: restore the key file"))
    async with client_of(house, replace(house.flows, configure=failing)) as client:
        answer = await client.get("/v1/webhooks")
    assert (answer.status_code, answer.json()["title"]) == (500, "a secret does not open: restore the key file")


async def test_health_needs_no_key_and_readiness_asks_the_store(house: House) -> None:
    del house.client.headers["Authorization"]
    assert (await house.client.get("/healthz")).json() == {"status": "ok"}
    assert (await house.client.get("/readyz")).json() == {"status": "ready"}
    metrics = await house.client.get("/metrics")
    assert metrics.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "grantwire_events_accepted_total" in metrics.text

    async with client_of(house, replace(house.flows, proxy_trouble=lambda: "cannot be reached")) as client:
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()["egress_proxy"]) == (200, "cannot be reached")

    async def locked() -> None:
        raise NotNow("the database is locked")

    async with client_of(house, replace(house.flows, check_store=locked)) as client:
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert (await client.get("/healthz")).status_code == 200


async def test_every_route_below_v1_needs_a_key(house: House) -> None:
    del house.client.headers["Authorization"]
    open_paths = {"/healthz", "/readyz", "/metrics", "/schema"}
    for route in house.app.inner.routes:
        path = route.path.replace("{", "").replace(":str}", "")
        for method in getattr(route, "methods", None) or {"GET", "POST"}:
            if method == "OPTIONS" or path in open_paths:
                continue
            answer = await house.client.request(method, path)
            assert answer.status_code == 401, (method, path)
