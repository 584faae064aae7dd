"""Token, send and judge together, against the ServiceNow stand-in with its faults."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from tests.adapters.outbound.test_tokens import Drawer, Facts, StillClock
from tests.steps.judging import judged, webhook

from grantwire.adapters.outbound.credentials import HttpCredentials
from grantwire.adapters.outbound.sender import HttpSender
from grantwire.domain.allowance import Allowance
from grantwire.domain.credential import ApiKey, Basic, ClientAuthentication, Credential, Grant, OAuth2
from grantwire.domain.exchange import NotSent, Reply, Request
from grantwire.domain.secret import Secret
from grantwire.domain.target import Method, Origin
from grantwire.domain.verdict import Delivered, GivenUp, RetryAt, Verdict
from grantwire.domain.webhook import SuccessRule, Timeouts
from grantwire.ports import Authorisation
from grantwire.sandbox.options import SandboxOptions
from grantwire.sandbox.serve import Running, serve
from grantwire.steps.judge import Judgement

TIMEOUTS = Timeouts(total=timedelta(seconds=2), connect=timedelta(seconds=1))
BODY = json.dumps({"short_description": "prod db", "correlation_id": "AR-1"}).encode()


@dataclass
class Target:
    running: Running
    sender: HttpSender
    credentials: HttpCredentials

    def oauth(self, grant: Grant = Grant.PASSWORD, **more: object) -> OAuth2:
        given = OAuth2(
            grant,
            f"{self.running.url}/oauth_token.do",
            "sandbox-client",
            Secret("sandbox-secret"),
            username="admin",
            password=Secret("admin"),
        )
        return replace(given, **more)  # type: ignore[arg-type]

    async def deliver(
        self, credential: Credential, *, timeouts: Timeouts = TIMEOUTS, table: str = "incident"
    ) -> Judgement:
        reply = await self._exchange(credential, timeouts, table)
        return judged(reply, webhook(success=SuccessRule.SERVICENOW, credential=credential))

    async def _exchange(self, credential: Credential, timeouts: Timeouts, table: str) -> Reply:
        authorisation = await self.credentials.authorise(credential)
        reply = await self._send(authorisation, timeouts, table)
        if getattr(reply, "status", None) == 401 and isinstance(authorisation, Authorisation):
            renewed = await self.credentials.renew(credential, refused=authorisation)
            reply = await self._send(renewed, timeouts, table)
        return reply

    async def _send(self, authorisation: Authorisation | NotSent, timeouts: Timeouts, table: str) -> Reply:
        if isinstance(authorisation, NotSent):
            return authorisation
        url = f"{self.running.url}/api/now/table/{table}"
        headers = (("Content-Type", "application/json"), ("Accept", "application/json"), *authorisation.headers)
        request = Request(Method.POST, url, headers, BODY, Origin.of(url))
        return await self.sender.send(request, timeouts, self.oauth())

    async def break_with(self, mode: str, **more: object) -> None:
        await self._control("POST", "faults", {"mode": mode, **more})

    async def incidents(self) -> int:
        found = await self._control("GET", "requests", None)
        return sum(1 for each in found["requests"] if each["path"].startswith("/api/now/table/incident"))

    async def _control(self, method: str, path: str, body: object) -> dict[str, list[dict[str, str]]]:
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, f"{self.running.url}/sandbox/{path}", json=body, ssl=False) as answer,
        ):
            assert answer.status < 300, await answer.text()
            found: dict[str, list[dict[str, str]]] = await answer.json()
            return found


@pytest.fixture
async def target(tmp_path: Path) -> AsyncIterator[Target]:
    started: asyncio.Future[Running] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    options = SandboxOptions(port=0, tls=True, seed=1, certificate_folder=str(tmp_path))
    async with asyncio.TaskGroup() as group:
        group.create_task(serve(options, started=started.set_result, stop=stop))
        running = await started
        sender = HttpSender(Allowance.of((running.url,)), extra_ca_file=running.certificate)
        credentials = HttpCredentials(sender=sender, store=Drawer(), clock=StillClock(), observer=Facts())
        yield Target(running, sender, credentials)
        await sender.close()
        stop.set()


@pytest.mark.parametrize("grant", [Grant.PASSWORD, Grant.CLIENT_CREDENTIALS])
@pytest.mark.parametrize("by", list(ClientAuthentication))
async def test_an_incident_is_created_with_an_oauth_token(
    target: Target, grant: Grant, by: ClientAuthentication
) -> None:
    judgement = await target.deliver(target.oauth(grant, client_authentication=by))
    assert isinstance(judgement.verdict, Delivered)
    assert judgement.captures["number"].startswith("INC")
    assert judgement.captures["location"].endswith(judgement.captures["sys_id"])
    assert judgement.captures["transaction_id"]


@pytest.mark.parametrize(
    "credential", [Basic("admin", Secret("admin")), ApiKey("x-sn-apikey", Secret("sandbox-api-key"))]
)
async def test_an_incident_is_created_with_a_fixed_credential(target: Target, credential: Credential) -> None:
    assert isinstance((await target.deliver(credential)).verdict, Delivered)


async def test_a_token_that_died_is_renewed_and_the_event_delivered(target: Target) -> None:
    await target.deliver(target.oauth())
    await target.break_with("token_expired", count=1)
    assert isinstance((await target.deliver(target.oauth())).verdict, Delivered)


async def test_a_wrong_client_secret_pauses(target: Target) -> None:
    verdict = (await target.deliver(target.oauth(client_secret=Secret("wrong")))).verdict
    assert isinstance(verdict, RetryAt)
    assert verdict.pauses_webhook


async def test_an_unknown_table_is_given_up(target: Target) -> None:
    verdict = (await target.deliver(target.oauth(), table="sys_nonexistent")).verdict
    assert isinstance(verdict, GivenUp)
    assert "Invalid table" in verdict.why


def kind(verdict: Verdict) -> str:
    if not isinstance(verdict, RetryAt):
        return type(verdict).__name__
    words = [name for name in ("pauses_webhook", "is_ambiguous") if getattr(verdict, name)]
    return " ".join(["again", *words])


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("hibernating", "again"),
        ("maintenance_503", "again is_ambiguous"),
        ("bad_gateway_502", "again is_ambiguous"),
        ("login_page", "again"),
        ("redirect_to_login", "again pauses_webhook"),
        ("session_queue_202", "again is_ambiguous"),
        ("rate_limited_429", "again is_ambiguous"),
        ("semaphore_429", "again is_ambiguous"),
        ("unauthorized_401", "TokenRefused"),
        ("unscoped_403", "again pauses_webhook is_ambiguous"),
        ("missing_scope_403", "again pauses_webhook is_ambiguous"),
        ("acl_403", "again pauses_webhook is_ambiguous"),
        ("api_acl_403", "again is_ambiguous"),
        ("data_policy_403", "GivenUp"),
        ("business_rule_403", "GivenUp"),
        ("unique_key_403", "GivenUp"),
        ("ip_blocked_403", "again pauses_webhook is_ambiguous"),
        ("script_error_500", "again is_ambiguous"),
        ("transaction_cancelled_500", "again is_ambiguous"),
        ("request_timeout_408", "again is_ambiguous"),
        ("oversized_400", "GivenUp"),
        ("created_but_403", "again pauses_webhook is_ambiguous"),
        ("created_but_500", "again is_ambiguous"),
        ("created_then_reset", "again is_ambiguous"),
        ("reset", "again is_ambiguous"),
        ("trailing_error", "again is_ambiguous"),
        ("broken_json", "again is_ambiguous"),
        ("truncated_body", "again is_ambiguous"),
    ],
)
async def test_every_fault_of_the_table_api_is_judged(target: Target, mode: str, expected: str) -> None:
    await target.credentials.authorise(target.oauth())  # the fault shall meet the incident, not the token
    await target.break_with(mode)
    assert kind((await target.deliver(target.oauth())).verdict) == expected


@pytest.mark.parametrize("mode", ["slow", "slow_body", "created_after_timeout"])
async def test_an_answer_that_is_too_slow_is_ambiguous(target: Target, mode: str) -> None:
    await target.credentials.authorise(target.oauth())
    await target.break_with(mode, delay_seconds=3)
    quick = Timeouts(total=timedelta(milliseconds=300))
    assert kind((await target.deliver(target.oauth(), timeouts=quick)).verdict) == "again is_ambiguous"


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("hibernating", "again"),
        ("login_page", "again"),
        ("maintenance_503", "again"),
        ("reset", "again"),
        ("truncated_body", "again"),
        ("token_refused", "again pauses_webhook"),
        ("redirect_to_login", "again pauses_webhook"),
    ],
)
async def test_every_fault_of_the_token_url_is_judged(target: Target, mode: str, expected: str) -> None:
    await target.break_with(mode, on="token")
    assert kind((await target.deliver(target.oauth())).verdict) == expected
    assert await target.incidents() == 0, "nothing was sent without a token"


async def test_no_request_carries_a_cookie(target: Target) -> None:
    for _ in range(3):
        await target.deliver(target.oauth())
    found = await target._control("GET", "requests", None)
    assert "cookie" not in json.dumps(found).lower().replace("set-cookie", "")
