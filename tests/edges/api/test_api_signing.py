"""Signed webhooks over HTTP: keys are written and never read back, and a receiver verifies what goes out."""

from base64 import b64encode
from typing import Any

from standardwebhooks import Webhook
from tests.edges.api.house import House, definition, event

from grantwire.domain.secret import MASK

PATH = "/v1/webhooks/ServiceNow prod"
KEY = "whsec_" + b64encode(b"k" * 32).decode()
OTHER = "whsec_" + b64encode(b"o" * 32).decode()


def signing(*secrets: str, **more: Any) -> dict[str, Any]:
    return {"keys": [{"secret": secret, **more} for secret in secrets]}


async def test_the_public_package_verifies_a_delivery(house: House) -> None:
    await house.webhook(signing=signing(OTHER, KEY))
    accepted = (await house.client.post("/v1/events", json=event())).json()
    await house.delivery(accepted["deliveries"][0]["id"], "delivered")
    (request,) = house.sender.sent
    for secret in (KEY, OTHER):
        Webhook(secret).verify(request.body, dict(request.headers), json_parse=False)
    assert dict(request.headers)["webhook-id"] == accepted["deliveries"][0]["id"]


async def test_a_test_shows_the_signature_and_the_record_does_too(house: House) -> None:
    await house.webhook(signing=signing(KEY))
    shown = (await house.client.post(PATH + "/test")).json()
    headers = {row["name"]: row["value"] for row in shown["request"]["headers"]}
    assert headers["webhook-signature"].startswith("v1,")
    assert KEY not in str(shown)


async def test_keys_are_masked_in_every_answer_and_kept_when_sent_back(house: House) -> None:
    made = await house.webhook(signing=signing(KEY, "${env:SIGNING_KEY}"))
    (first, second) = made["signing"]["keys"]
    assert (first["secret"], second["secret"]) == (MASK, "${env:SIGNING_KEY}")
    for answer in (await house.client.get(PATH), await house.client.get("/v1/webhooks")):
        assert KEY not in answer.text
    kept = made["signing"] | {"keys": [first]}
    answer = await house.client.put(PATH, json=made | {"signing": kept})
    assert answer.status_code == 200
    await house.client.post(PATH + "/test")
    Webhook(KEY).verify(house.sender.sent[0].body, dict(house.sender.sent[0].headers), json_parse=False)


async def test_a_mask_that_names_no_key_is_refused(house: House) -> None:
    await house.webhook(signing=signing(KEY, OTHER))
    answer = await house.client.patch(PATH, json={"signing": signing(MASK)})
    assert answer.status_code == 400
    assert answer.json()["problems"][0]["path"] == "signing.keys[0].secret"


async def test_every_problem_of_the_keys_is_answered_at_once(house: House) -> None:
    answer = await house.client.post("/v1/webhooks", json=definition(signing=signing("x", "whsec_AAAA", until=True)))
    told = [problem["path"] for problem in answer.json()["problems"]]
    assert (answer.status_code, sorted(told)) == (
        400,
        [f"signing.keys[{row}].{name}" for row in (0, 1) for name in ("secret", "until")],
    )


async def test_a_key_that_has_ended_is_warned_of(house: House) -> None:
    made = await house.client.post(
        "/v1/webhooks",
        json=definition(signing={"keys": [{"secret": KEY}, {"secret": OTHER, "until": "2020-01-01T00:00:00Z"}]}),
    )
    assert "signing.keys[1].until" in [one["path"] for one in made.json()["warnings"]]


async def test_signing_ends_when_it_is_taken_away(house: House) -> None:
    await house.webhook(signing=signing(KEY))
    assert "signing" not in (await house.client.patch(PATH, json={"signing": None})).json()
