"""What was typed is kept for the one who typed it, and for nobody else."""

from pathlib import Path

import pytest
from tests.flow.world import StillClock

from grantwire.adapters.vault.vault import open_vault
from grantwire.domain.person import PersonId
from grantwire.flow.drafts import LASTS, Drafts

ANN, BOB = PersonId("per_ann"), PersonId("per_bob")
TYPED = {"name": ["ServiceNow prod"], "triggers": ["RequestCreated", "Manual"], "auth.bearer.token": ["s3cret-token"]}


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def drafts(tmp_path: Path, clock: StillClock) -> Drafts:
    return Drafts(sealer=open_vault(tmp_path / "key"), clock=clock)


def test_a_draft_comes_back_whole_to_the_one_who_typed_it(drafts: Drafts) -> None:
    draft = drafts.keep(drafts.slip(ANN), TYPED)
    assert drafts.open(draft, ANN) == TYPED
    assert drafts.open(draft, BOB) is None


def test_nothing_of_a_draft_can_be_read_on_its_way(drafts: Drafts) -> None:
    draft = drafts.keep(drafts.slip(ANN), TYPED)
    assert "s3cret" not in draft
    assert ANN not in draft


@pytest.mark.parametrize("slip", ["", "gw1:k:AAAA", "per_ann", "é"])
def test_without_a_slip_of_ours_nothing_is_kept(drafts: Drafts, slip: str) -> None:
    assert drafts.keep(slip, TYPED) == ""
    assert drafts.open(slip, ANN) is None


def test_a_slip_is_no_draft_and_a_draft_no_slip(drafts: Drafts) -> None:
    slip = drafts.slip(ANN)
    assert drafts.open(slip, ANN) is None
    assert drafts.whose(drafts.keep(slip, TYPED)) is None


def test_a_slip_of_another_installation_is_none(drafts: Drafts, clock: StillClock, tmp_path: Path) -> None:
    other = Drafts(sealer=open_vault(tmp_path / "other"), clock=clock)
    assert drafts.whose(other.slip(ANN)) is None


def test_slips_and_drafts_grow_old(drafts: Drafts, clock: StillClock) -> None:
    slip = drafts.slip(ANN)
    draft = drafts.keep(slip, TYPED)
    clock.advance(LASTS.total_seconds() - 1)
    assert drafts.whose(slip) == ANN
    clock.advance(2)
    assert drafts.whose(slip) is None
    assert drafts.open(draft, ANN) is None
