"""The count itself: whatever it must find, it finds."""

from tests.e2e.crash.aftermath import Aftermath, Kept
from tests.e2e.crash.count import Counted, Rules, Seen, count, out_of_order
from tests.e2e.crash.load import Remembered

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
