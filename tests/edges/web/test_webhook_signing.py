"""The Signing section of the webhook form as a browser without scripts gets it."""

import re
from base64 import b64encode

import httpx
from tests.edges.web.conftest import Console

from grantwire.domain.signing import key_bytes

FORM = {
    "name": "Signed",
    "url": "https://acme.example.com/hook",
    "body": "{}",
    "triggers": "RequestCreated",
    "kind": "request",
}
KEY = "whsec_" + b64encode(b"k" * 32).decode()
PRIVATE = "whsk_" + b64encode(b"p" * 32).decode()


async def press(console: Console, path: str, **fields: str) -> httpx.Response:
    if (await console.browser.get("/webhooks")).status_code != 200:
        await console.sign_in()
    csrf = await console.csrf("/webhook-form/new")
    return await console.browser.post(path, data={"csrf": csrf, **FORM, **fields})


async def edit_page(console: Console) -> str:
    (webhook,) = await console.house.flows.configure.webhooks()
    return (await console.browser.get(f"/webhooks/{webhook.id}/edit")).text


async def test_generate_key_shows_a_fresh_key_and_keeps_what_was_typed(console: Console) -> None:
    answer = await press(console, "/webhook-form/signing?new=v1", **{"signing.0.key": KEY})
    assert answer.status_code == 200
    assert 'value="Signed"' in answer.text
    values = re.findall(r'name="signing\.\d+\.key" value="(\w+_[^"]+)"', answer.text)
    assert values[0] == KEY
    assert len(key_bytes(values[1]).octets) == 32
    assert re.search(rf"<pre [^>]*>{re.escape(values[1])}</pre>", answer.text)


async def test_the_public_half_of_a_private_key_is_shown_and_the_key_is_not(console: Console) -> None:
    assert (await press(console, "/webhook-form/save", **{"signing.0.key": PRIVATE})).status_code == 303
    text = await edit_page(console)
    assert "whpk_" in text
    assert PRIVATE not in text


async def test_a_key_on_record_stays_when_nothing_is_typed_and_goes_when_it_is_ticked(console: Console) -> None:
    fields = {"signing.0.key": KEY, "signing.1.key": PRIVATE, "signing.1.until": "2036-12-01T10:30"}
    await press(console, "/webhook-form/save", **fields)
    (webhook,) = await console.house.flows.configure.webhooks()
    assert [str(key.until) for key in webhook.signing] == ["None", "2036-12-01 10:30:00+00:00"]
    saved = {"saved_name": "Signed", "version": "1"}
    for index, key in enumerate(webhook.signing):
        saved |= {f"signing.{index}.kept": "on", f"signing.{index}.id": key.id}
    await press(console, "/webhook-form/save", **saved, **{"signing.0.remove": "on"})
    (webhook,) = await console.house.flows.configure.webhooks()
    assert [(key.secret.reveal(), key.until) for key in webhook.signing] == [(PRIVATE, None)]


async def test_problems_of_keys_are_told_at_their_fields(console: Console) -> None:
    fields = {"signing.3.key": "whsec_AAAA", "signing.7.key": KEY, "signing.7.until": "soon"}
    answer = await press(console, "/webhook-form/save", **fields)
    assert answer.status_code == 422
    assert 'id="signing.0.key-problem"' in answer.text
    assert 'id="signing.1.until-problem"' in answer.text
    assert "Signing key, row 2, until" in answer.text
