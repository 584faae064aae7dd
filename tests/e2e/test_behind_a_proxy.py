"""A server that gets out through a proxy only: real processes, a real proxy that is down, picky, and well again."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.adapters.outbound.proxy import Proxy, proxy_server
from tests.e2e.processes import Process, eventually, incidents, sandbox, server
from tests.e2e.test_whole_job import event, oauth

CREDENTIALS = "grantwire:s3cret"


@contextmanager
def proxy_on(port: int, credentials: str = CREDENTIALS) -> Iterator[Proxy]:
    """In a thread of its own; gone, with its port, at the end."""
    stopped, running, found = threading.Event(), threading.Event(), list[Proxy]()

    async def run() -> None:
        async with proxy_server(credentials=credentials, port=port) as proxy:
            found.append(proxy)
            running.set()
            await asyncio.to_thread(stopped.wait)

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    assert running.wait(30)
    try:
        yield found[0]
    finally:
        stopped.set()
        thread.join(30)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def ready(running: Process) -> str:
    return str(running.call("GET", "/readyz").get("egress_proxy", ""))


def waits_for(running: Process, words: str) -> bool:
    found = running.deliveries("waiting")
    return bool(found) and all(words in one["why"] for one in found)


def test_a_proxy_s_trouble_costs_no_delivery_and_no_attempt(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://{CREDENTIALS}@127.0.0.1:{port}"
    with sandbox() as instance, server(tmp_path, instance.url, egress_proxy=url) as running:
        body = '{"short_description": "{{ data.justification }}"}'
        definition = {"url": f"{instance.url}/api/now/table/incident", "auth": oauth(instance), "body": body}
        running.call("PUT", "/v1/webhooks/w", definition | {"triggers": ["RequestCreated"], "retry": {"attempts": 1}})
        running.call("POST", "/v1/events", [event(number) for number in range(3)])
        eventually(lambda: waits_for(running, "cannot be reached"))
        assert "cannot be reached" in ready(running)
        with proxy_on(port, credentials="others:only"):
            retry_all(running)
            eventually(lambda: waits_for(running, "407"))
        assert {one["attempts"] for one in running.deliveries()} == {0}
        assert running.call("GET", "/v1/webhooks/w")["paused_why"] is None
        with proxy_on(port) as proxy:
            retry_all(running)
            eventually(lambda: len(running.deliveries("delivered")) == 3)
            assert ready(running) == ""
            asked = [head.split(" ")[1] for head in proxy.asked]
        assert f"{instance.url}/oauth_token.do" in asked
        assert f"{instance.url}/api/now/table/incident" in asked
        assert "s3cret" not in json.dumps(running.deliveries())
        assert incidents(instance) == 3


def retry_all(running: Process) -> None:
    for one in running.deliveries("waiting"):
        running.call("POST", f"/v1/deliveries/{one['id']}/retry")
