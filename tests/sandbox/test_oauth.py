"""Tokens: five grants, two ways to show a client, one refusal for every cause."""

import base64
import hashlib
import re
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from tests.sandbox.conftest import INCIDENT, Client

PASSWORD = {"grant_type": "password", "username": "admin", "password": "admin"}
JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
REFUSAL = {"error_description": "access_denied", "error": "server_error"}
BACK = "http://127.0.0.1:9/back"


async def reaches(client: Client, token: str) -> int:
    return (await client.call("GET", INCIDENT, auth=f"Bearer {token}")).status


async def test_the_password_grant_answers_as_documented(client: Client) -> None:
    got = await client.token(**PASSWORD)
    assert (got.status, list(got.json)) == (
        200,
        ["access_token", "refresh_token", "scope", "token_type", "expires_in"],
    )
    assert (got.json["scope"], got.json["token_type"], got.json["expires_in"]) == ("useraccount", "Bearer", 1799)
    assert got.headers["Content-Type"].startswith("application/json")
    assert await reaches(client, got.json["access_token"]) == 200


async def test_client_credentials_give_no_refresh_token(client: Client) -> None:
    got = await client.token(grant_type="client_credentials")
    assert "refresh_token" not in got.json
    assert await reaches(client, got.json["access_token"]) == 200


async def test_client_credentials_can_be_switched_off(client: Client) -> None:
    await client.properties(glide__oauth__inbound__client__credential__grant_type__enabled=False)
    got = await client.token(grant_type="client_credentials")
    assert (got.status, got.json) == (401, REFUSAL)


async def test_the_client_may_show_itself_as_basic(client: Client) -> None:
    pair = base64.b64encode(b"sandbox-client:sandbox-secret").decode()
    got = await client.call("POST", "/oauth_token.do", auth=f"Basic {pair}", data=PASSWORD)
    assert got.status == 200


async def test_asking_again_gives_the_same_token_with_less_time(client: Client) -> None:
    first = (await client.token(**PASSWORD)).json
    await client.call("POST", "/sandbox/clock", {"advance_seconds": 600})
    second = (await client.token(**PASSWORD)).json
    assert (second["access_token"], second["refresh_token"]) == (first["access_token"], first["refresh_token"])
    assert 1190 <= second["expires_in"] <= 1199


async def test_a_token_ends_and_the_refresh_token_brings_a_new_one(client: Client) -> None:
    first = (await client.token(**PASSWORD)).json
    await client.call("POST", "/sandbox/clock", {"advance_seconds": 1801})
    assert await reaches(client, first["access_token"]) == 401
    second = (await client.token(grant_type="refresh_token", refresh_token=first["refresh_token"])).json
    assert second["access_token"] != first["access_token"]
    assert second["refresh_token"] == first["refresh_token"]
    assert await reaches(client, second["access_token"]) == 200


async def test_a_refresh_token_ends_too(client: Client) -> None:
    token = (await client.token(**PASSWORD)).json["refresh_token"]
    await client.call("POST", "/sandbox/clock", {"advance_seconds": 8_640_001})
    got = await client.token(grant_type="refresh_token", refresh_token=token)
    assert (got.status, got.json) == (401, REFUSAL)


async def test_the_lifetime_can_be_set(client: Client) -> None:
    await client.properties(sandbox__token_lifetime_seconds=60)
    assert (await client.token(**PASSWORD)).json["expires_in"] == 59


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
async def test_a_token_can_be_revoked_by_anybody(client: Client, which: str) -> None:
    token = (await client.token(**PASSWORD)).json
    got = await client.call("GET", "/oauth_revoke_token.do", auth=None, params={"token": token[which]})
    assert got.status == 200
    if which == "access_token":
        assert await reaches(client, token[which]) == 401
    else:
        assert (await client.token(grant_type="refresh_token", refresh_token=token[which])).status == 401


@pytest.mark.parametrize(
    "form",
    [
        {**PASSWORD, "client_secret": "wrong"},
        {**PASSWORD, "client_id": "wrong"},
        {**PASSWORD, "password": "wrong"},
        {**PASSWORD, "username": "nobody"},
        {**PASSWORD, "scope": "other"},
        {"grant_type": "refresh_token", "refresh_token": "wrong"},
        {"grant_type": "authorization_code", "code": "wrong"},
        {"grant_type": JWT, "assertion": "a.b.c"},
        {"grant_type": "nonsense"},
        {},
    ],
)
async def test_every_refusal_looks_the_same(client: Client, form: dict[str, str]) -> None:
    got = await client.token(**form)
    assert (got.status, got.json) == (401, REFUSAL)


async def test_a_json_body_is_not_accepted(client: Client) -> None:
    secrets = {"client_id": "sandbox-client", "client_secret": "sandbox-secret"}
    got = await client.call("POST", "/oauth_token.do", {**PASSWORD, **secrets}, auth=None)
    assert got.status == 401


def question(**changes: str) -> dict[str, str]:
    return {
        "response_type": "code",
        "client_id": "sandbox-client",
        "redirect_uri": BACK,
        "state": "s-1",
        **changes,
    }


async def code_for(client: Client, **changes: str) -> str:
    page = await client.call("GET", "/oauth_auth.do", auth=None, params=question(**changes))
    assert page.status == 200
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    form = {**hidden, "user_name": "admin", "user_password": "admin"}
    got = await client.call("POST", "/oauth_auth.do", auth=None, data=form)
    assert got.status == 302
    answer = parse_qs(urlsplit(got.headers["Location"]).query)
    assert answer["state"] == ["s-1"]
    return answer["code"][0]


async def test_an_authorization_code_is_good_once(client: Client) -> None:
    form = {"grant_type": "authorization_code", "code": await code_for(client), "redirect_uri": BACK}
    got = await client.token(**form)
    assert (got.status, "refresh_token" in got.json) == (200, True)
    assert (await client.token(**form)).status == 401


async def test_an_authorization_code_ends_after_a_minute(client: Client) -> None:
    form = {"grant_type": "authorization_code", "code": await code_for(client), "redirect_uri": BACK}
    await client.call("POST", "/sandbox/clock", {"advance_seconds": 61})
    assert (await client.token(**form)).status == 401


@pytest.mark.parametrize(("verifier", "status"), [("v" * 43, 200), ("w" * 43, 401), ("", 401)])
async def test_a_public_client_proves_itself_with_pkce(client: Client, verifier: str, status: int) -> None:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(b"v" * 43).digest()).rstrip(b"=").decode()
    code = await code_for(client, code_challenge=challenge, code_challenge_method="S256")
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": verifier}
    got = await client.call("POST", "/oauth_token.do", auth=None, data={**form, "client_id": "sandbox-client"})
    assert got.status == status


async def test_without_secret_and_without_challenge_a_code_is_worth_nothing(client: Client) -> None:
    form = {"grant_type": "authorization_code", "code": await code_for(client), "redirect_uri": BACK}
    assert (await client.call("POST", "/oauth_token.do", auth=None, data=form)).status == 401


@pytest.mark.parametrize(
    "changes",
    [{"state": ""}, {"client_id": "x"}, {"redirect_uri": "javascript:alert(1)"}, {"response_type": "token"}],
)
async def test_a_sign_in_page_is_refused_what_it_cannot_answer(client: Client, changes: dict[str, str]) -> None:
    got = await client.call("GET", "/oauth_auth.do", auth=None, params=question(**changes))
    assert got.status == 400
    assert "<script" not in got.text


async def test_a_wrong_password_on_the_sign_in_page_asks_again(client: Client) -> None:
    form = {**question(), "user_name": "admin", "user_password": "wrong"}
    got = await client.call("POST", "/oauth_auth.do", auth=None, data=form)
    assert (got.status, "invalid" in got.text) == (200, True)


def signed(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, now: float, **claims: object) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(msgspec.json.encode(value)).rstrip(b"=").decode()

    is_rsa = isinstance(key, rsa.RSAPrivateKey)
    facts = {"iss": "sandbox-client", "aud": "sandbox-client", "sub": "admin", "exp": now + 60, "jti": "1", **claims}
    text = f"{part({'alg': 'RS256' if is_rsa else 'ES256', 'typ': 'JWT'})}.{part(facts)}"
    if isinstance(key, rsa.RSAPrivateKey):
        signature = key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    else:
        r, s = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


async def sandbox_key(client: Client) -> ec.EllipticCurvePrivateKey:
    pem = (await client.call("GET", "/sandbox/jwt_key", auth=None)).body
    key = serialization.load_pem_private_key(pem, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


NOW = 4_000_000_000.0  # far ahead: never expired


async def test_a_signed_assertion_gives_a_token_without_a_refresh_token(client: Client) -> None:
    got = await client.token(grant_type=JWT, assertion=signed(await sandbox_key(client), NOW))
    assert (got.status, "refresh_token" in got.json) == (200, False)
    assert await reaches(client, got.json["access_token"]) == 200


async def test_the_same_assertion_twice_is_a_replay(client: Client) -> None:
    assertion = signed(await sandbox_key(client), NOW)
    assert [(await client.token(grant_type=JWT, assertion=assertion)).status for _ in range(2)] == [200, 401]


@pytest.mark.parametrize("claims", [{"iss": "x"}, {"aud": "x"}, {"sub": "nobody"}, {"exp": 1}, {"exp": None}])
async def test_an_assertion_with_a_wrong_claim_is_refused(client: Client, claims: dict[str, object]) -> None:
    got = await client.token(grant_type=JWT, assertion=signed(await sandbox_key(client), NOW, **claims))
    assert (got.status, got.json) == (401, REFUSAL)


async def test_an_assertion_of_another_key_is_refused_until_that_key_is_trusted(client: Client) -> None:
    await sandbox_key(client)
    key = rsa.generate_private_key(65537, 2048)
    assert (await client.token(grant_type=JWT, assertion=signed(key, NOW))).status == 401
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert (await client.call("PUT", "/sandbox/jwt_key", auth=None, data=pem)).status == 204
    assert (await client.token(grant_type=JWT, assertion=signed(key, NOW))).status == 200
