"""The proof on a small scale; `make proof` runs it on a large one."""

from pathlib import Path

from tests.e2e.reconcile_proof import LOSSES, MODES, prove


def test_300_events_become_300_incidents_through_all_that_hides_or_loses_the_work(tmp_path: Path) -> None:
    proof = prove(tmp_path, 300)
    assert proof.holds, proof
    assert all(proof.struck[mode] for mode in (*MODES, *LOSSES)), proof
    assert proof.posts > 300
