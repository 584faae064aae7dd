"""One ticket per access request: actions update the ticket that the first request made, whatever is lost on the way."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.flow.world import World, answer, open_world, states

from grantwire.domain.delivery import State
from grantwire.domain.exchange import Fault, NoResponse, Reply, Request, Timings
from grantwire.domain.reconcile import Presence
from grantwire.domain.webhook import Webhook
from grantwire.ports import DeliveryQuery
from grantwire.presets.catalog import by_name

RESET = NoResponse(Fault.RESET, "the connection was reset", Timings(5.0), may_have_arrived=True)
BROKEN = answer(500, {"error": {"message": "java.lang.NullPointerException"}, "status": "failure"})


class Desk:
    """As much of an incident table as is asked for. `spoil` holds what is answered in place of the truth, by method."""

    def __init__(self) -> None:
        self.tickets: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.spoil: dict[str, list[Reply]] = {}

    def __call__(self, request: Request) -> Reply:
        self.asked.append(str(request.method))
        told = self._do(request)
        spoilt = self.spoil.get(str(request.method))
        return spoilt.pop(0) if spoilt else told

    def _do(self, request: Request) -> Reply:
        if request.method == "POST":
            sys_id = f"{len(self.tickets) + 1:032x}"
            number = f"INC001000{len(self.tickets) + 1}"
            self.tickets[sys_id] = {"sys_id": sys_id, "number": number, "notes": []} | json.loads(request.body)
            return answer(201, {"result": self.tickets[sys_id]})
        found = re.search(r"/incident/([0-9a-f]{32})", request.url)
        if found is None:
            wanted = request.url.split("correlation_id=")[1].split("&")[0]
            return answer(200, {"result": [one for one in self.tickets.values() if one["correlation_id"] == wanted]})
        ticket = self.tickets.get(found[1])
        if ticket is None:
            return answer(404, {"error": {"message": "No Record found"}})
        if request.method == "PATCH":
            changes = json.loads(request.body)
            ticket["notes"] += [changes.pop("work_notes")] if "work_notes" in changes else []
            ticket |= changes
        return answer(200, {"result": ticket})


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        yield opened


@pytest.fixture
def desk(world: World) -> Desk:
    made = Desk()
    world.sender.replies = [made]
    return made


async def add(world: World, **changes: Any) -> Webhook:
    text = json.dumps(by_name()["servicenow-request"].definition).replace("<SERVICENOW_INSTANCE>", "acme")
    definition = json.loads(text.replace("<SERVICENOW_CLIENT_ID>", "id"))
    return await world.configure.create(definition | {"auth": {"type": "none"}} | changes)


async def live(world: World, *triggers: str, request: str = "ar-1", ends: str = "delivered") -> None:
    async with world.working():
        for number, trigger in enumerate(triggers):
            await world.ingest.accept([world.event(trigger, id_=f"{request}-{number}-{trigger}", id=request)])
        await world.facts.until(f"delivery.{ends}", len(triggers))


async def test_the_life_of_an_access_request_is_one_ticket_with_its_notes_and_its_end(world: World, desk: Desk) -> None:
    await add(world)
    await live(world, "RequestCreated", "RequestApproved", "RequestGranted", "RequestExpired")
    (ticket,) = desk.tickets.values()
    assert desk.asked == ["POST", "PATCH", "PATCH", "PATCH"]
    assert [note.split()[0] for note in ticket["notes"]] == ["RequestApproved", "RequestGranted"]
    assert (ticket["correlation_id"], ticket["state"], ticket["close_code"]) == ("ar-1", "6", "Resolved by request")


async def test_two_access_requests_are_two_tickets(world: World, desk: Desk) -> None:
    await add(world)
    await live(world, "RequestCreated", "RequestApproved", request="ar-1")
    world.facts.noted.clear()
    await live(world, "RequestCreated", "RequestRejected", request="ar-2")
    assert [(one["correlation_id"], len(one["notes"])) for one in desk.tickets.values()] == [("ar-1", 1), ("ar-2", 0)]


async def test_an_update_whose_ticket_is_not_known_finds_it_by_asking(world: World, desk: Desk) -> None:
    desk.tickets["f" * 32] = {"sys_id": "f" * 32, "number": "INC0019999", "correlation_id": "ar-1", "notes": []}
    webhook = await add(world)
    await live(world, "RequestApproved")
    assert desk.asked == ["GET", "PATCH"]
    assert len(desk.tickets["f" * 32]["notes"]) == 1
    receipt = await world.store.receipt(webhook.id, "ar-1")
    assert receipt is not None
    assert (receipt.values["sys_id"], receipt.values["number"]) == ("f" * 32, "INC0019999")


async def test_an_update_without_a_ticket_makes_it_first_and_then_updates_it(world: World, desk: Desk) -> None:
    await add(world)
    await live(world, "RequestExpired")
    assert desk.asked == ["GET", "POST", "PATCH"]
    (ticket,) = desk.tickets.values()
    assert ticket["state"] == "6"
    (delivery,) = (await world.look.deliveries(DeliveryQuery())).items
    story = await world.look.delivery(delivery.id)
    assert [str(attempt.request.method) for attempt in story.attempts if attempt.request] == ["POST", "PATCH"]
    assert "it was made first" in story.attempts[0].why


async def test_an_event_that_creates_makes_no_other_ticket_when_a_later_one_came_first(
    world: World, desk: Desk
) -> None:
    await add(world)
    await live(world, "RequestApproved", "RequestCreated")
    (ticket,) = desk.tickets.values()
    assert (desk.asked, len(ticket["notes"])) == (["GET", "POST", "PATCH", "GET"], 1)
    (created, _) = (await world.look.deliveries(DeliveryQuery())).items
    assert created.why.startswith("Delivered: The ticket of this access request was there already")


async def test_an_update_follows_though_the_ticket_made_for_it_was_answered_with_a_refusal(
    world: World, desk: Desk
) -> None:
    await add(world)
    desk.spoil["POST"] = [answer(403, {"error": {"message": "Operation Failed"}, "status": "failure"})]
    await live(world, "RequestApproved")
    (ticket,) = desk.tickets.values()
    assert (desk.asked, len(ticket["notes"])) == (["GET", "POST", "GET", "PATCH"], 1)


async def test_a_ticket_that_was_removed_is_made_anew_by_the_event_that_creates(world: World, desk: Desk) -> None:
    await add(world)
    await live(world, "RequestApproved")
    desk.tickets.clear()
    world.facts.noted.clear()
    await live(world, "RequestCreated")
    (ticket,) = desk.tickets.values()
    assert (desk.asked[3:], ticket["correlation_id"]) == (["GET", "POST"], "ar-1")


async def test_an_update_without_a_ticket_gives_up_where_it_is_told_so(world: World, desk: Desk) -> None:
    actions = by_name()["servicenow-request"].definition["actions"]
    text = json.dumps({"RequestApproved": actions["RequestApproved"] | {"without_receipt": "give_up"}})
    await add(world, actions=json.loads(text.replace("<SERVICENOW_INSTANCE>", "acme")))
    await live(world, "RequestApproved", ends="dead")
    assert (desk.asked, desk.tickets) == (["GET"], {})
    (delivery,) = (await world.look.deliveries(DeliveryQuery())).items
    assert "No ticket to update: it is not there" in delivery.why


async def test_a_ticket_whose_answer_was_lost_is_found_and_not_made_twice(world: World, desk: Desk) -> None:
    await add(world)
    desk.spoil["POST"] = [BROKEN]
    async with world.working():
        await world.ingest.accept([world.event("RequestCreated", id="ar-1")])
        await world.ingest.accept([world.event("RequestApproved", id="ar-1")])
        await world.facts.until("delivery.waiting")
        world.clock.advance(6)
        await world.facts.until("delivery.delivered", 2)
    assert desk.asked == ["POST", "GET", "PATCH"]
    (ticket,) = desk.tickets.values()
    assert len(ticket["notes"]) == 1


async def test_a_note_whose_answer_was_lost_is_not_written_twice(world: World, desk: Desk) -> None:
    await add(world)
    desk.spoil["PATCH"] = [BROKEN]
    async with world.working():
        await world.ingest.accept([world.event("RequestCreated", id="ar-1")])
        await world.ingest.accept([world.event("RequestApproved", id_="approved", id="ar-1")])
        await world.facts.until("delivery.waiting")
        world.clock.advance(6)
        await world.facts.until("delivery.delivered", 2)
    assert desk.asked == ["POST", "PATCH", "GET"]
    (ticket,) = desk.tickets.values()
    assert len(ticket["notes"]) == 1


async def test_a_note_that_was_not_written_is_written_though_the_record_is_there(world: World, desk: Desk) -> None:
    await add(world)
    async with world.working():
        await world.ingest.accept([world.event("RequestCreated", id="ar-1")])
        await world.facts.until("delivery.delivered")
        world.sender.replies = [BROKEN, desk]  # refused before it did anything
        await world.ingest.accept([world.event("RequestApproved", id_="approved", id="ar-1")])
        await world.facts.until("delivery.waiting")
        world.clock.advance(6)
        await world.facts.until("delivery.delivered", 2)
    assert desk.asked == ["POST", "GET", "PATCH"]
    deliveries = (await world.look.deliveries(DeliveryQuery())).items
    story = await world.look.delivery(deliveries[0].id)
    (question,) = story.attempts[1].asked
    assert question.presence is Presence.ABSENT
    assert question.why == "the record is there without it"


async def test_an_answer_about_another_record_does_not_change_which_ticket_is_updated(world: World, desk: Desk) -> None:
    webhook = await add(world)
    await live(world, "RequestCreated")
    desk.spoil["PATCH"] = [answer(200, {"result": {"sys_id": "e" * 32, "number": "TASK1", "extra": "x"}})]
    world.facts.noted.clear()
    await live(world, "RequestApproved")
    receipt = await world.store.receipt(webhook.id, "ar-1")
    assert receipt is not None
    assert receipt.values["sys_id"] == f"{1:032x}"


async def test_a_ticket_that_is_gone_ends_dead_with_the_reason_and_makes_no_other(world: World, desk: Desk) -> None:
    await add(world)
    await live(world, "RequestCreated")
    desk.tickets.clear()
    world.facts.noted.clear()
    await live(world, "RequestApproved", ends="dead")
    assert desk.tickets == {}
    assert states((await world.look.deliveries(DeliveryQuery(states=(State.DEAD,)))).items) == ["dead"]


async def test_a_test_of_an_update_without_a_receipt_says_what_is_missing_and_sends_nothing(
    world: World, desk: Desk
) -> None:
    webhook = await add(world)
    attempt = await world.rehearse.send(webhook, world.event("RequestApproved", id="ar-1"))
    assert "it needs receipt.sys_id" in attempt.why
    assert desk.asked == []


async def test_a_test_of_an_update_takes_the_receipt_it_is_given(world: World, desk: Desk) -> None:
    webhook = await add(world)
    await live(world, "RequestCreated")
    (sys_id,) = desk.tickets
    event = world.event("RequestApproved", id="ar-other")
    attempt = await world.rehearse.send(webhook, event, receipt={"sys_id": sys_id})
    assert attempt.request is not None
    assert attempt.request.url.endswith(sys_id)
    assert len(desk.tickets[sys_id]["notes"]) == 1


async def test_a_test_of_the_request_that_creates_sends_it_whatever_receipt_it_is_given(
    world: World, desk: Desk
) -> None:
    webhook = await add(world)
    await world.rehearse.send(webhook, world.event("RequestCreated", id="ar-1"), receipt={"sys_id": "f" * 32})
    assert desk.asked == ["POST"]
