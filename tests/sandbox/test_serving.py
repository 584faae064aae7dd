"""Starting, announcing and stopping the sandbox."""

import ast
import asyncio
import os
import re
import signal
import ssl
import stat
import sys
from pathlib import Path

import aiohttp
import pytest
from tests.sandbox.conftest import BASIC, INCIDENT, Served

import grantwire.sandbox
from grantwire.sandbox.__main__ import options_from
from grantwire.sandbox.options import SandboxOptions
from grantwire.sandbox.serve import banner, serve

PACKAGE = Path(grantwire.sandbox.__file__).parent


async def test_port_zero_takes_a_free_port_and_says_which() -> None:
    async with Served(SandboxOptions(port=0)) as running:
        assert running.options.port > 0
        assert running.url == f"http://127.0.0.1:{running.options.port}"


async def test_the_banner_names_every_url_and_credential() -> None:
    text = banner(SandboxOptions(port=8081, user="u1", password="p1", client_id="c1", client_secret="s1"))
    for part in ("http://127.0.0.1:8081/", "/api/now/table/incident", "/oauth_token.do", "u1 / p1", "c1 / s1"):
        assert part in text


async def test_tls_is_trusted_by_whoever_has_the_certificate(tmp_path: Path) -> None:
    options = SandboxOptions(port=0, tls=True, certificate_folder=str(tmp_path))
    async with Served(options) as running, aiohttp.ClientSession() as session:
        assert running.certificate == tmp_path / "sandbox-ca.pem"
        assert str(running.certificate) in banner(running.options, running.certificate)
        assert stat.S_IMODE((tmp_path / "sandbox-key.pem").stat().st_mode) == 0o600
        asked = {"Authorization": BASIC}
        trusted = ssl.create_default_context(cafile=str(running.certificate))
        async with session.post(running.url + INCIDENT, json={}, ssl=trusted, headers=asked) as response:
            assert response.status == 201
            assert response.headers["Location"].startswith("https://")
            assert all("Secure" in each for each in response.headers.getall("Set-Cookie"))
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await session.get(running.url + INCIDENT)


async def test_a_taken_port_is_an_error_and_not_a_hang() -> None:
    async with Served(SandboxOptions(port=0)) as running:
        with pytest.raises(OSError, match="address already in use"):
            await serve(SandboxOptions(port=running.options.port))


async def test_other_credentials_can_be_chosen() -> None:
    options = SandboxOptions(
        port=0, user="ada", password="pw", client_id="c", client_secret="s", token_lifetime_seconds=9
    )
    async with Served(options) as running, aiohttp.ClientSession() as session:
        form = {"grant_type": "password", "username": "ada", "password": "pw", "client_id": "c", "client_secret": "s"}
        async with session.post(f"{running.url}/oauth_token.do", data=form) as response:
            assert (await response.json())["expires_in"] == 8


async def test_a_seed_makes_ids_repeatable() -> None:
    async def first_id() -> str:
        async with Served(SandboxOptions(port=0, seed=3)) as running, aiohttp.ClientSession() as session:
            asked = {"Authorization": BASIC}
            async with session.post(running.url + INCIDENT, json={}, headers=asked) as response:
                return str((await response.json())["result"]["sys_id"])

    assert await first_id() == await first_id()


async def test_stopping_does_not_wait_for_a_slow_answer() -> None:
    async with aiohttp.ClientSession() as session:
        async with Served(SandboxOptions(port=0)) as running:
            async with session.post(f"{running.url}/sandbox/faults", json={"mode": "slow", "delay_seconds": 600}):
                pass
            waiting = asyncio.create_task(session.get(running.url + INCIDENT))
            await asyncio.wait([waiting], timeout=0.05)
        with pytest.raises(aiohttp.ClientError):
            await waiting


async def test_an_old_client_that_knows_no_chunks_is_served() -> None:
    async with Served(SandboxOptions(port=0)) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.options.port)
        writer.write(f"GET {INCIDENT} HTTP/1.0\r\nAuthorization: {BASIC}\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
    assert answer.endswith(b'{"result":[]}')


def test_every_option_can_be_given_on_the_command_line() -> None:
    assert options_from([]) == SandboxOptions()
    given = options_from(["--port", "0", "--tls", "--seed", "5", "--user", "ada", "--token-lifetime-seconds", "60"])
    assert given == SandboxOptions(port=0, tls=True, seed=5, user="ada", token_lifetime_seconds=60)


async def test_the_module_runs_by_itself_and_ends_on_sigterm() -> None:
    command = [sys.executable, "-m", "grantwire.sandbox", "--port", "0"]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env={**os.environ}
    )
    assert process.stdout is not None
    first = (await process.stdout.readline()).decode()
    found = re.search(r"http://\S+:\d+/", first)
    assert found is not None
    async with aiohttp.ClientSession() as session:
        async with session.get(found.group()) as page:
            assert page.status == 200
        async with session.post(f"{found.group()}sandbox/faults", json={"mode": "reset", "count": 1}):
            pass
        with pytest.raises(aiohttp.ClientError):
            await session.post(found.group().rstrip("/") + INCIDENT)
    process.send_signal(signal.SIGTERM)
    _, errors = await process.communicate()
    assert (process.returncode, errors) == (0, b"")


def test_the_sandbox_imports_nothing_of_ours() -> None:
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert not name.startswith("grantwire") or name.startswith("grantwire.sandbox"), (path, name)
