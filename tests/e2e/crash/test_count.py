"""The count itself: whatever it must find, it finds."""

from tests.e2e.crash.aftermath import Aftermath, Kept
from tests.e2e.crash.count import Counted, Rules, Seen, count, out_of_order
from tests.e2e.crash.load import Remembered
from tests.e2e.crash.tickets import Ticket, tickets_found, traces

DELIVERED = Aftermath(("e-0",), (Kept("d0", "e-0", "delivered", "", 1),), is_sound=True)
UNDER_WAY = Aftermath(("e-0",), (Kept("d0", "e-0", "sending", "", 0),), is_sound=True)
DEAD = Aftermath(("e-0",), (Kept("d0", "e-0", "dead", "refused", 1),), is_sound=True)
NOTHING = Aftermath((), (), is_sound=True)


def counted(
    last: Aftermath,
    incidents: int,
    *,
    struck: int = 0,
    kills: tuple[Aftermath, ...] = (),
    rules: Rules = Rules(),  # noqa: B008 - frozen
) -> Counted:
    numbers = {"e-0": [f"INC{number}" for number in range(incidents)]} if incidents else {}
    return count(Remembered(acknowledged={"e-0": {}}), kills, last, Seen(numbers, {"e-0": struck}, 9), rules)


def test_one_event_and_its_incident_are_well() -> None:
    assert counted(DELIVERED, 1).findings == []


def test_an_event_without_an_incident_is_lost() -> None:
    assert counted(DELIVERED, 0).lost > 0
    assert counted(NOTHING, 0).lost == 1


def test_a_dead_delivery_is_not_lost_but_may_only_be_where_a_fault_ends_it() -> None:
    assert counted(DEAD, 0).findings
    allowed = counted(DEAD, 0, rules=Rules(may_die=True))
    assert (allowed.findings, allowed.lost, allowed.dead) == ([], 0, 1)


def test_what_has_not_ended_is_found() -> None:
    assert counted(UNDER_WAY, 1).findings


def test_each_double_needs_an_excuse_of_its_own() -> None:
    assert counted(DELIVERED, 2).findings
    assert counted(DELIVERED, 2, struck=1).findings == []
    assert counted(DELIVERED, 2, kills=(UNDER_WAY,)).findings == []
    assert counted(DELIVERED, 3, kills=(UNDER_WAY, DELIVERED)).findings
    assert counted(DELIVERED, 3, struck=1, kills=(UNDER_WAY,)).findings == []


def test_a_webhook_that_asks_first_has_no_excuse() -> None:
    assert counted(DELIVERED, 2, struck=1, kills=(UNDER_WAY,), rules=Rules(never_doubles=True)).findings


def test_an_order_that_is_not_that_of_acceptance_is_found() -> None:
    incidents = {"e-0": ["INC2"], "e-1": ["INC1"], "e-4": ["INC0"]}
    assert len(out_of_order(["e-0", "e-1", "e-4"], incidents)) == 1
    assert out_of_order(["e-1", "e-0", "e-4"], incidents) == []


TICKET = Ticket("e-r0", "INC1", "6", (("RequestApproved", 0), ("RequestGranted", 1)))
ALL_FOUR = ("e-0", "e-1", "e-2", "e-3")


def test_each_event_has_its_trace_in_the_one_ticket_of_its_access_request() -> None:
    assert traces([TICKET], ALL_FOUR) == {
        "e-0": ["INC1"],
        "e-1": ["000000000"],
        "e-2": ["000000001"],
        "e-3": ["resolved"],
    }
    assert tickets_found([TICKET], ALL_FOUR) == []


def test_a_missing_note_a_doubled_one_and_a_ticket_that_is_open_again_are_found() -> None:
    odd = Ticket("e-r0", "INC1", "2", (("RequestGranted", 0), ("RequestGranted", 1)))
    assert traces([odd], ALL_FOUR) == {"e-0": ["INC1"], "e-2": ["000000000", "000000001"]}


def test_two_tickets_of_one_access_request_and_turned_notes_are_found() -> None:
    turned = Ticket("e-r0", "INC1", "6", (("RequestGranted", 0), ("RequestApproved", 1)))
    other = Ticket("e-r0", "INC2", "6")
    assert len(tickets_found([turned, other], ALL_FOUR)) == 2
    assert tickets_found([turned], ("e-0", "e-2", "e-1", "e-3")) == []
