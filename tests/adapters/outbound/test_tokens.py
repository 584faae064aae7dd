"""OAuth tokens and the other credentials, against a real token endpoint."""

import asyncio
import json
from base64 import b64decode
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from tests.adapters.outbound.servers import http_server, raw_server, read_request

from grantwire.adapters.outbound.credentials import HttpCredentials
from grantwire.adapters.outbound.sender import HttpSender
from grantwire.domain.allowance import Allowance
from grantwire.domain.credential import (
    ApiKey,
    Basic,
    Bearer,
    ClientAuthentication,
    ClientCertificate,
    Credential,
    Grant,
    NoCredential,
    OAuth2,
)
from grantwire.domain.errors import NotNow
from grantwire.domain.exchange import NotSent
from grantwire.domain.secret import Secret
from grantwire.ports import Authorisation

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HIBERNATING = "<html><head><title>Instance Hibernating page</title></head></html>"
DENIED = {"error_description": "access_denied", "error": "server_error"}

Answer = Callable[[dict[str, str]], web.Response]


class StillClock:
    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at

    def elapsed(self) -> float:
        return self.at.timestamp()

    async def wait(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    def pass_by(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Drawer:
    """A key store in memory; `is_stuck` makes it say "not now"."""

    def __init__(self) -> None:
        self.tokens: dict[str, tuple[Secret, datetime]] = {}
        self.is_stuck = False

    async def token(self, cache_key: str) -> tuple[Secret, datetime] | None:
        self._check()
        return self.tokens.get(cache_key)

    async def put_token(self, cache_key: str, token: Secret, *, ends_at: datetime) -> None:
        self._check()
        self.tokens[cache_key] = (token, ends_at)

    async def drop_token(self, cache_key: str) -> None:
        self._check()
        self.tokens.pop(cache_key, None)

    async def api_key_names(self) -> dict[bytes, str]:
        return {}

    async def put_api_key(self, digest: bytes, *, name: str, now: datetime) -> None:
        raise AssertionError

    def _check(self) -> None:
        if self.is_stuck:
            raise NotNow("the disk is full")


@dataclass
class Facts:
    noted: list[tuple[str, dict[str, object]]] = field(default_factory=list)

    def note(self, fact: str, **facts: object) -> None:
        self.noted.append((fact, facts))


@dataclass
class Endpoint:
    """A token endpoint whose answer a test sets; counts what it was asked."""

    origin: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answer: Answer | None = None
    lifetime_seconds: object = 1799

    async def serve(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append(form)
        self.headers.append(dict(request.headers))
        await asyncio.sleep(0)
        if self.answer is not None:
            return self.answer(form)
        return token(f"token-{len(self.asked)}", expires_in=self.lifetime_seconds)


def token(text: object, **more: object) -> web.Response:
    document = {"access_token": text, "scope": "useraccount", "token_type": "Bearer", **more}
    return web.json_response({name: value for name, value in document.items() if value is not None})


def says(status: int, body: object, **headers: str) -> Answer:
    text = body if isinstance(body, str) else json.dumps(body)
    kind = "text/html" if isinstance(body, str) else "application/json"
    return lambda _: web.Response(status=status, text=text, content_type=kind, headers=headers)


@dataclass
class World:
    endpoint: Endpoint
    clock: StillClock
    drawer: Drawer
    facts: Facts
    sender: HttpSender

    def credentials(self) -> HttpCredentials:
        """A new process: nothing in memory, the same store."""
        return HttpCredentials(sender=self.sender, store=self.drawer, clock=self.clock, observer=self.facts)

    def oauth(self, grant: Grant = Grant.CLIENT_CREDENTIALS, **more: object) -> OAuth2:
        given = OAuth2(
            grant=grant,
            token_url=f"{self.endpoint.origin}/oauth_token.do",
            client_id="client",
            client_secret=Secret("client-secret"),
            username="admin" if grant is Grant.PASSWORD else None,
            password=Secret("pass-word") if grant is Grant.PASSWORD else None,
            refresh_token=Secret("refresh-0") if grant is Grant.REFRESH_TOKEN else None,
        )
        return replace(given, **more)  # type: ignore[arg-type]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    endpoint = Endpoint()
    async with http_server(endpoint.serve) as origin:
        endpoint.origin = origin
        sender = HttpSender(Allowance.of((origin,)))
        yield World(endpoint, StillClock(), Drawer(), Facts(), sender)
        await sender.close()


def bearer(found: Authorisation | NotSent) -> str:
    assert isinstance(found, Authorisation), found
    [(name, value)] = found.headers
    assert name == "Authorization"
    return value


def not_sent(found: Authorisation | NotSent) -> NotSent:
    assert isinstance(found, NotSent), found
    return found


# ── credentials without a token endpoint ──────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("credential", "headers"),
    [
        (NoCredential(), ()),
        (ClientCertificate("PEM", Secret("PEM")), ()),
        (Bearer(Secret("abc")), (("Authorization", "Bearer abc"),)),
        (Basic("admin", Secret("pä:ss")), (("Authorization", "Basic YWRtaW46cMOkOnNz"),)),
        (ApiKey("x-sn-apikey", Secret("key")), (("x-sn-apikey", "key"),)),
    ],
)
async def test_a_fixed_credential_becomes_its_header(
    world: World, credential: Credential, headers: tuple[tuple[str, str], ...]
) -> None:
    found = await world.credentials().authorise(credential)
    assert found == Authorisation(headers)
    assert isinstance(found, Authorisation)
    assert await world.credentials().renew(credential, refused=found) == found


async def test_a_reference_is_read_when_it_is_used(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    credentials = world.credentials()
    file = tmp_path / "secret"
    for text in ("one", "another"):
        monkeypatch.setenv("GRANTWIRE_TEST_TOKEN", text)
        file.write_text(f"{text}\n")
        assert bearer(await credentials.authorise(Bearer(Secret("${env:GRANTWIRE_TEST_TOKEN}")))) == f"Bearer {text}"
        assert bearer(await credentials.authorise(Bearer(Secret(f"${{file:{file}}}")))) == f"Bearer {text}"
        assert credentials.resolve(Secret("x-${env:GRANTWIRE_TEST_TOKEN}-y")) == f"x-{text}-y"


async def test_a_missing_reference_pauses_and_names_what_is_missing(world: World, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_text("\n")
    for text, named in (
        ("${env:GRANTWIRE_TEST_NOTHING}", "GRANTWIRE_TEST_NOTHING"),
        ("${file:/no/such/file}", "/no/such/file"),
        (f"${{file:{empty}}}", str(empty)),
    ):
        found = not_sent(await world.credentials().authorise(Bearer(Secret(text))))
        assert found.pauses_webhook
        assert named in found.why
        assert isinstance(world.credentials().resolve(Secret(text)), NotSent)


# ── what is asked ─────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("grant", "fields"),
    [
        (Grant.CLIENT_CREDENTIALS, {}),
        (Grant.PASSWORD, {"username": "admin", "password": "pass-word"}),
        (Grant.REFRESH_TOKEN, {"refresh_token": "refresh-0"}),
    ],
)
async def test_each_grant_sends_its_own_fields(world: World, grant: Grant, fields: dict[str, str]) -> None:
    credential = world.oauth(grant, scopes=("a", "b"))
    assert bearer(await world.credentials().authorise(credential)) == "Bearer token-1"
    expected = {"grant_type": grant.value, "client_id": "client", "client_secret": "client-secret", "scope": "a b"}
    assert world.endpoint.asked == [expected | fields]
    assert "Authorization" not in world.endpoint.headers[0]


async def test_client_authentication_by_basic_keeps_the_secret_out_of_the_body(world: World) -> None:
    credential = world.oauth(client_id="a:b", client_secret=Secret("c d&é"))
    credential = replace(credential, client_authentication=ClientAuthentication.BASIC)
    await world.credentials().authorise(credential)
    assert world.endpoint.asked == [{"grant_type": "client_credentials"}]
    scheme, _, value = world.endpoint.headers[0]["Authorization"].partition(" ")
    assert (scheme, b64decode(value).decode()) == ("Basic", "a%3Ab:c+d%26%C3%A9")


# ── how long it is kept ───────────────────────────────────────────────────────────────────────────────────
async def test_a_token_is_kept_until_shortly_before_it_ends(world: World) -> None:
    credentials, credential = world.credentials(), world.oauth()
    for seconds in (0, 1000, 738):  # 1738 s of 1799: a second before the margin of 60
        world.clock.pass_by(seconds)
        assert bearer(await credentials.authorise(credential)) == "Bearer token-1"
    world.clock.pass_by(2)
    assert bearer(await credentials.authorise(credential)) == "Bearer token-2"


async def test_the_margin_of_a_short_token_is_a_tenth_of_its_life(world: World) -> None:
    world.endpoint.lifetime_seconds = 100
    credentials, credential = world.credentials(), world.oauth()
    await credentials.authorise(credential)
    world.clock.pass_by(89)
    assert bearer(await credentials.authorise(credential)) == "Bearer token-1"
    world.clock.pass_by(2)
    assert bearer(await credentials.authorise(credential)) == "Bearer token-2"


@pytest.mark.parametrize("written", [None, "soon", [], float("nan")])
async def test_a_lifetime_that_nobody_gave_is_assumed_short(world: World, written: object) -> None:
    world.endpoint.lifetime_seconds = written
    credentials, credential = world.credentials(), world.oauth()
    await credentials.authorise(credential)
    world.clock.pass_by(530)
    assert bearer(await credentials.authorise(credential)) == "Bearer token-1"
    world.clock.pass_by(20)
    assert bearer(await credentials.authorise(credential)) == "Bearer token-2"


@pytest.mark.parametrize("written", [0, -5, 1e300, 10**400, float("inf"), "1799", True])
async def test_no_lifetime_is_too_strange_to_work_with(world: World, written: object) -> None:
    world.endpoint.lifetime_seconds = written
    assert bearer(await world.credentials().authorise(world.oauth())) == "Bearer token-1"


async def test_many_who_wait_cause_one_question(world: World) -> None:
    credentials, credential = world.credentials(), world.oauth()
    found = await asyncio.gather(*(credentials.authorise(credential) for _ in range(100)))
    assert {bearer(each) for each in found} == {"Bearer token-1"}
    assert len(world.endpoint.asked) == 1


async def test_while_one_fetches_the_next_token_the_others_use_the_old_one(world: World) -> None:
    credentials, credential = world.credentials(), world.oauth()
    await credentials.authorise(credential)
    world.clock.pass_by(1750)
    found = await asyncio.gather(*(credentials.authorise(credential) for _ in range(10)))
    assert sorted(map(bearer, found)) == ["Bearer token-1"] * 9 + ["Bearer token-2"]


async def test_a_failed_early_renewal_does_not_waste_a_token_that_still_serves(world: World) -> None:
    credentials, credential = world.credentials(), world.oauth()
    await credentials.authorise(credential)
    world.endpoint.answer = says(503, "maintenance")
    world.clock.pass_by(1750)
    assert bearer(await credentials.authorise(credential)) == "Bearer token-1"
    world.clock.pass_by(60)
    assert not_sent(await credentials.authorise(credential)).is_passing


async def test_two_credentials_do_not_share_a_token(world: World) -> None:
    credentials = world.credentials()
    one, other = world.oauth(), world.oauth(client_id="other")
    assert bearer(await credentials.authorise(one)) != bearer(await credentials.authorise(other))


# ── after a restart ───────────────────────────────────────────────────────────────────────────────────────
async def test_a_token_outlives_the_process(world: World) -> None:
    credential = world.oauth()
    await world.credentials().authorise(credential)
    assert bearer(await world.credentials().authorise(credential)) == "Bearer token-1"
    world.clock.pass_by(1800)
    assert bearer(await world.credentials().authorise(credential)) == "Bearer token-2"


async def test_a_token_of_other_secrets_is_not_used(world: World) -> None:
    await world.credentials().authorise(world.oauth())
    changed = world.oauth(client_secret=Secret("rotated"))
    assert bearer(await world.credentials().authorise(changed)) == "Bearer token-2"


async def test_the_name_in_the_store_tells_no_secret_and_the_kept_text_is_a_secret(world: World) -> None:
    await world.credentials().authorise(world.oauth())
    [(name, (kept, ends_at))] = world.drawer.tokens.items()
    assert ends_at == START + timedelta(seconds=1799)
    assert isinstance(kept, Secret)
    other = world.oauth(client_secret=Secret("rotated"))
    await world.credentials().authorise(other)
    assert list(world.drawer.tokens) == [name], "the name does not depend on a secret"


@pytest.mark.parametrize("text", ["", "not json", "[]", "{}"])
async def test_a_kept_token_that_cannot_be_read_is_fetched_anew(world: World, text: str) -> None:
    await world.credentials().authorise(world.oauth())
    [name] = world.drawer.tokens
    world.drawer.tokens[name] = (Secret(text), START + timedelta(days=1))
    assert bearer(await world.credentials().authorise(world.oauth())) == "Bearer token-2"


async def test_a_store_that_cannot_write_now_does_not_stop_a_token(world: World) -> None:
    world.drawer.is_stuck = True
    credentials, credential = world.credentials(), world.oauth()
    first = await credentials.authorise(credential)
    assert bearer(first) == "Bearer token-1"
    assert isinstance(first, Authorisation)
    assert bearer(await credentials.renew(credential, refused=first)) == "Bearer token-2"
    assert "store.unavailable" in [fact for fact, _ in world.facts.noted]


async def test_a_rotated_refresh_token_is_used_from_then_on_and_after_a_restart(world: World) -> None:
    world.endpoint.answer = lambda form: token(
        f"for-{form['refresh_token']}", expires_in=100, refresh_token=f"refresh-{len(world.endpoint.asked)}"
    )
    credential = world.oauth(Grant.REFRESH_TOKEN)
    credentials = world.credentials()
    assert bearer(await credentials.authorise(credential)) == "Bearer for-refresh-0"
    world.clock.pass_by(99)
    assert bearer(await credentials.authorise(credential)) == "Bearer for-refresh-1"
    world.clock.pass_by(200)
    assert bearer(await world.credentials().authorise(credential)) == "Bearer for-refresh-2"
    renewed_by_hand = replace(credential, refresh_token=Secret("refresh-by-hand"))
    assert bearer(await world.credentials().authorise(renewed_by_hand)) == "Bearer for-refresh-by-hand"


# ── after a 401 ───────────────────────────────────────────────────────────────────────────────────────────
async def test_a_refused_token_is_renewed_once_for_all_who_were_refused(world: World) -> None:
    credentials, credential = world.credentials(), world.oauth()
    refused = await credentials.authorise(credential)
    assert isinstance(refused, Authorisation)
    assert refused.can_refresh
    found = await asyncio.gather(*(credentials.renew(credential, refused=refused) for _ in range(50)))
    assert {bearer(each) for each in found} == {"Bearer token-2"}
    assert len(world.endpoint.asked) == 2
    assert bearer(await world.credentials().authorise(credential)) == "Bearer token-2", "the refused one is forgotten"


async def test_the_same_token_again_is_an_answer_and_asked_for_once(world: World) -> None:
    world.endpoint.answer = lambda _: token("current", expires_in=900)
    credentials, credential = world.credentials(), world.oauth()
    refused = await credentials.authorise(credential)
    assert isinstance(refused, Authorisation)
    found = await asyncio.gather(*(credentials.renew(credential, refused=refused) for _ in range(50)))
    assert {bearer(each) for each in found} == {"Bearer current"}
    assert len(world.endpoint.asked) == 2


# ── what the endpoint may answer instead ──────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("answer", "pauses", "words"),
    [
        (says(401, DENIED), True, "server_error: access_denied"),
        (says(400, {"error": "invalid_grant"}), True, "invalid_grant"),
        (says(403, "forbidden"), True, "check the client id"),
        (says(404, "nothing"), True, "token URL"),
        (says(302, "", Location="/login.do"), True, "token URL"),
        (says(200, {"error": "x", "error_description": "y"}), True, "x: y"),
        (says(200, {"access_token": ""}), True, "without a token"),
        (says(200, {"access_token": 7}), True, "without a token"),
        (says(200, {"access_token": "a\r\nX-Evil: b"}), True, "without a token"),
        (says(200, HIBERNATING), False, "asleep"),
        (says(200, "<html>Log in</html>"), False, "a page instead of a token"),
        (says(200, "[]"), False, "a page instead of a token"),
        (says(500, DENIED), False, "500"),
        (says(502, "<html>"), False, "502"),
        (says(429, "", **{"Retry-After": "77"}), False, "429"),
    ],
)
async def test_each_other_answer_says_whether_a_person_is_needed(
    world: World, answer: Answer, pauses: bool, words: str
) -> None:
    world.endpoint.answer = answer
    found = not_sent(await world.credentials().authorise(world.oauth(Grant.PASSWORD)))
    assert (found.pauses_webhook, found.is_passing) == (pauses, not pauses)
    assert words in found.why
    assert found.retry_after_seconds is not None
    for secret in ("client-secret", "pass-word"):
        assert secret not in repr(found)
        assert secret not in repr(world.facts.noted)


async def test_an_answer_that_breaks_off_is_passing(world: World) -> None:
    async def break_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"access_tok')
        await writer.drain()

    async with raw_server(break_off) as origin:
        sender = HttpSender(Allowance.of((origin,)))
        credentials = HttpCredentials(sender=sender, store=world.drawer, clock=world.clock, observer=world.facts)
        found = not_sent(await credentials.authorise(world.oauth(token_url=f"{origin}/token")))
        await sender.close()
    assert found.is_passing
    assert "broke off" in found.why


async def test_what_the_endpoint_repeats_of_our_secrets_is_masked(world: World) -> None:
    world.endpoint.answer = lambda form: web.json_response(
        {"error": "bad", "error_description": f"no {form['client_secret']}"}, status=401
    )
    found = not_sent(await world.credentials().authorise(world.oauth()))
    assert "no •••" in found.why
    assert "client-secret" not in repr(found)


async def test_what_the_endpoint_says_can_be_shown_and_stored(world: World) -> None:
    world.endpoint.answer = lambda _: web.Response(
        status=401, text='{"error":"\\ud800\\u0000\\n","error_description":"x"}', content_type="application/json"
    )
    found = not_sent(await world.credentials().authorise(world.oauth()))
    assert found.why.isprintable()
    assert found.why.encode()


async def test_a_wait_that_the_endpoint_asks_for_is_kept(world: World) -> None:
    world.endpoint.answer = says(429, "", **{"Retry-After": "77"})
    credentials, credential = world.credentials(), world.oauth()
    assert not_sent(await credentials.authorise(credential)).retry_after_seconds == 77
    world.clock.pass_by(76)
    await credentials.authorise(credential)
    assert len(world.endpoint.asked) == 1
    world.clock.pass_by(2)
    await credentials.authorise(credential)
    assert len(world.endpoint.asked) == 2


async def test_a_refusal_is_remembered_so_that_nobody_locks_the_account(world: World) -> None:
    world.endpoint.answer = says(401, DENIED)
    credentials, credential = world.credentials(), world.oauth(Grant.PASSWORD)
    await asyncio.gather(*(credentials.authorise(credential) for _ in range(100)))
    assert len(world.endpoint.asked) == 1
    asked_at: list[float] = []
    for second in range(3 * 3600 // 10):
        world.clock.pass_by(10)
        before = len(world.endpoint.asked)
        assert not_sent(await credentials.authorise(credential)).pauses_webhook
        if len(world.endpoint.asked) > before:
            asked_at.append((second + 1) * 10.0)
    assert asked_at[:8] == [30, 90, 210, 450, 930, 1530, 2130, 2730]


async def test_a_remembered_refusal_says_when_it_is_asked_again(world: World) -> None:
    world.endpoint.answer = says(401, DENIED)
    credentials, credential = world.credentials(), world.oauth()
    assert "asked again" not in not_sent(await credentials.authorise(credential)).why
    world.clock.pass_by(12)
    assert "It is asked again in 18 s" in not_sent(await credentials.authorise(credential)).why


# ── a person who tries out whether it works now ───────────────────────────────────────────────────────────
async def test_a_person_who_mended_the_instance_is_not_told_the_old_refusal(world: World) -> None:
    world.endpoint.answer = says(401, DENIED)
    deliveries, credential = world.credentials(), world.oauth()
    assert not_sent(await deliveries.authorise(credential)).pauses_webhook
    world.endpoint.answer = None
    world.clock.pass_by(2)
    assert "asked again" in not_sent(await deliveries.authorise(credential)).why
    got = bearer(await deliveries.for_a_person().authorise(credential))
    assert bearer(await deliveries.authorise(credential)) == got
    assert len(world.endpoint.asked) == 2


async def test_a_person_who_clicks_and_clicks_asks_every_couple_of_seconds(world: World) -> None:
    world.endpoint.answer = says(401, DENIED)
    credentials, credential = world.credentials(), world.oauth()
    for _ in range(40):
        await asyncio.gather(*(credentials.for_a_person().authorise(credential) for _ in range(5)))
        world.clock.pass_by(0.5)
    assert len(world.endpoint.asked) == 10


async def test_a_persons_refusals_leave_the_wait_of_the_deliveries_as_it_is(world: World) -> None:
    world.endpoint.answer = says(401, DENIED)
    deliveries, credential = world.credentials(), world.oauth()
    await deliveries.authorise(credential)
    for _ in range(9):
        world.clock.pass_by(3)
        await deliveries.for_a_person().authorise(credential)
        await deliveries.authorise(credential)
    assert len(world.endpoint.asked) == 1 + 9
    world.clock.pass_by(3)
    await deliveries.authorise(credential)
    assert len(world.endpoint.asked) == 1 + 9 + 1


async def test_a_token_that_the_target_refused_is_renewed_for_a_person_at_once(world: World) -> None:
    deliveries, credential = world.credentials(), world.oauth()
    refused = await deliveries.authorise(credential)
    assert isinstance(refused, Authorisation)
    world.endpoint.answer = says(401, DENIED)
    not_sent(await deliveries.renew(credential, refused=refused))
    world.endpoint.answer = None
    world.clock.pass_by(2)
    not_sent(await deliveries.renew(credential, refused=refused))
    assert bearer(await deliveries.for_a_person().renew(credential, refused=refused)) == "Bearer token-3"


async def test_a_corrected_secret_is_tried_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRANTWIRE_TEST_CLIENT", "wrong")
    world.endpoint.answer = lambda form: (
        token("good") if form["client_secret"] == "right" else web.json_response(DENIED, status=401)
    )
    credentials, credential = world.credentials(), world.oauth(client_secret=Secret("${env:GRANTWIRE_TEST_CLIENT}"))
    assert not_sent(await credentials.authorise(credential)).pauses_webhook
    monkeypatch.setenv("GRANTWIRE_TEST_CLIENT", "right")
    assert bearer(await credentials.authorise(credential)) == "Bearer good"


async def test_a_page_instead_of_a_token_pauses_only_when_it_stays(world: World) -> None:
    world.endpoint.answer = says(200, "<html>maintenance</html>")
    credentials, credential = world.credentials(), world.oauth()
    pauses = []
    for _ in range(4):
        pauses.append(not_sent(await credentials.authorise(credential)).pauses_webhook)
        world.clock.pass_by(900)
    assert pauses == [False, False, True, True]


async def test_a_success_forgets_the_failures_before_it(world: World) -> None:
    credentials, credential = world.credentials(), world.oauth()
    world.endpoint.answer = says(503, "")
    assert not_sent(await credentials.authorise(credential)).is_passing
    world.endpoint.answer = None
    world.clock.pass_by(2)
    assert bearer(await credentials.authorise(credential)).startswith("Bearer token-")


@pytest.mark.parametrize(
    ("token_url", "pauses", "words"),
    [
        ("https://127.0.0.1/oauth_token.do", True, "this machine"),
        ("http://token.example/x", True, "not HTTPS"),
        ("nonsense", True, "not a URL"),
        ("https://nowhere.invalid/oauth_token.do", False, "does not resolve"),
    ],
)
async def test_the_token_url_keeps_the_rules_of_every_target(
    world: World, token_url: str, pauses: bool, words: str
) -> None:
    found = not_sent(await world.credentials().authorise(world.oauth(token_url=token_url)))
    assert found.pauses_webhook is pauses
    assert words in found.why


async def test_facts_tell_of_tokens_without_showing_them(world: World) -> None:
    await world.credentials().authorise(world.oauth())
    [(fact, facts)] = world.facts.noted
    assert fact == "token.fetched"
    assert facts["grant"] == "client_credentials"
    assert "token-1" not in repr(world.facts.noted)
