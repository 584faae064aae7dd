"""Who gets in: cookies, the guard of forms, the headers of every answer."""

import re

import pytest
from tests.edges.web.conftest import EMAIL, PASSWORD, Console

PATHS = ("/", "/webhooks", "/webhook-form/new", "/events", "/deliveries", "/troubleshooting", "/webhooks/whk_1/edit")


@pytest.mark.parametrize("path", PATHS)
async def test_a_stranger_sees_the_sign_in_and_nothing_else(console: Console, path: str) -> None:
    answer = await console.browser.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


async def test_the_session_cookie_is_for_this_site_and_no_script(console: Console) -> None:
    answer = await console.sign_in()
    [cookie] = [one for one in answer.headers.get_list("set-cookie") if one.startswith("grantwire_session=")]
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie


async def test_behind_https_cookies_are_secure_and_the_browser_is_told_to_stay(console: Console) -> None:
    console.browser.headers["X-Forwarded-Proto"] = "https"
    answer = await console.sign_in()
    assert all("Secure" in one for one in answer.headers.get_list("set-cookie") if "grantwire_session" in one)
    assert "strict-transport-security" in answer.headers


async def test_a_new_sign_in_ends_the_session_before_it(console: Console) -> None:
    await console.sign_in()
    before = console.browser.cookies["grantwire_session"]
    form = {"csrf": await console.csrf("/webhook-form/new"), "email": "admin@example.com", "password": "correct horse"}
    await console.browser.post("/sign-in", data=form)
    assert console.browser.cookies["grantwire_session"] != before
    console.browser.cookies.set("grantwire_session", before)
    assert (await console.browser.get("/webhooks")).status_code == 303


@pytest.mark.parametrize("path", ["/sign-out", "/webhook-form/save", "/webhook-form/test", "/webhook-form/check"])
@pytest.mark.parametrize("token", ["", "0" * 64])
async def test_a_form_without_the_token_of_the_session_is_refused(console: Console, path: str, token: str) -> None:
    await console.sign_in()
    answer = await console.browser.post(path, data={"csrf": token})
    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/webhook-form/again", "/webhook-form/save", "/sign-in/with-draft"])
@pytest.mark.parametrize("name", ["slip", "draft"])
async def test_no_other_site_can_put_words_into_a_form(console: Console, path: str, name: str) -> None:
    form = {"csrf": "0" * 64, name: "gw1:forged:AAAA", "body": "of another site"}
    answer = await console.browser.post(path, data=form)
    assert answer.status_code in {303, 403}
    await console.sign_in()
    answer = await console.browser.post(path, data=form)
    assert answer.status_code == 403


async def test_a_slip_lets_a_form_be_shown_again_and_nothing_be_done(console: Console) -> None:
    await console.sign_in()
    found = re.search(r'name="slip" value="([^"]+)"', (await console.browser.get("/webhook-form/new")).text)
    assert found is not None
    definition = {"name": "n", "url": "https://example.com/", "triggers": "RequestCreated", "body": "{}"}
    for path in ("/webhook-form/save", "/webhook-form/test", "/webhooks/n/pause", "/sign-out"):
        answer = await console.browser.post(path, data={**definition, "csrf": "", "slip": found[1]})
        assert (answer.status_code, answer.headers["location"]) == (307, "/webhook-form/again")
    assert await console.house.flows.configure.webhooks() == ()
    console.browser.cookies.clear()
    answer = await console.browser.post("/sign-in", data={"slip": found[1], "email": EMAIL, "password": PASSWORD})
    assert answer.status_code == 403


async def test_the_sign_in_form_has_a_token_too(console: Console) -> None:
    answer = await console.browser.post("/sign-in", data={"email": "admin@example.com", "password": "correct horse"})
    assert answer.status_code == 403
    assert "grantwire_session" not in console.browser.cookies


@pytest.mark.parametrize("path", ["/sign-in", "/webhooks", "/nowhere", "/webhooks/whk_nothing/edit"])
async def test_every_answer_has_a_policy_without_unsafe_inline(console: Console, path: str) -> None:
    await console.sign_in()
    headers = (await console.browser.get(path)).headers
    policy = headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "script-src 'self';" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"


async def test_a_nonce_is_used_once(console: Console) -> None:
    policies = {(await console.browser.get("/sign-in")).headers["content-security-policy"] for _ in range(5)}
    assert len(policies) == 5


async def test_the_api_is_as_it_was(console: Console) -> None:
    answer = await console.browser.get("/v1/nowhere")
    assert answer.headers["content-type"] == "application/problem+json"
    answer = await console.browser.get("/nowhere", headers={"Accept": "application/json"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert "content-security-policy" not in answer.headers


async def test_a_defect_is_a_page_without_its_inside(console: Console) -> None:
    await console.sign_in()

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the inside")

    console.house.flows.look.deliveries = broken  # type: ignore[method-assign]
    answer = await console.browser.get("/deliveries")
    assert answer.status_code == 500
    assert "the inside" not in answer.text
    assert console.house.facts.named("console.failed")
