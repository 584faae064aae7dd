"""POST /v1/events: every form, answered only after the commit."""

import json

from tests.edges.api.house import House, event


async def test_one_event_is_answered_with_its_deliveries_and_delivered(house: House) -> None:
    await house.webhook()
    answer = await house.client.post("/v1/events", json=event())
    assert answer.status_code == 202
    accepted = answer.json()
    assert accepted["id"].startswith("evt_")
    assert [delivery["webhook"] for delivery in accepted["deliveries"]] == ["ServiceNow prod"]
    assert accepted["skipped"] == []
    delivery = await house.delivery(accepted["deliveries"][0]["id"], "delivered")
    assert delivery["attempts"] == 1
    assert json.loads(house.sender.sent[0].body) == {"short_description": "Maeve O'Brien"}
