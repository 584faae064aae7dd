"""grantwire apply with a catalogue: merged by name, pruned by kind, every problem at its line."""

from pathlib import Path

import pytest
import yaml
from tests.domain.catalogues import sample_catalogue
from tests.edges.api.house import House
from tests.edges.cli.running import Shell

FLOW = """\
access_flows:
  - name: Everything
    requesters: [everyone]
    targets:
      - {integration: INTEGRATION, resource_type: TYPE}
    longest: 8h
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "catalogue.yaml"
    path.write_text(yaml.safe_dump(sample_catalogue()))
    return path


def first_flow(name: str = "Everything") -> str:
    integration = sample_catalogue()["integrations"][0]
    text = FLOW.replace("INTEGRATION", integration["name"]).replace("TYPE", integration["resource_types"][0]["id"])
    return text.replace("Everything", name)


def test_a_catalogue_is_created_and_a_second_apply_changes_nothing(house: House, shell: Shell, file: Path) -> None:
    first = shell("apply", file)
    assert (first.status, first.err) == (0, "")
    email = sample_catalogue()["people"][0]["email"]
    assert first.out.startswith(f"+ person {email} is new\n")
    again = shell("apply", file, "--json").json["catalogue"]
    assert {step["action"] for step in again} == {"keep"}


def test_a_dry_run_shows_the_difference_and_changes_nothing(house: House, shell: Shell, file: Path) -> None:
    done = shell("apply", file, "--dry-run")
    assert done.out.endswith("Nothing was changed (--dry-run).\n")
    assert {step["action"] for step in shell("apply", file, "--dry-run", "--json").json["catalogue"]} == {"create"}


def test_files_change_what_they_name_and_leave_the_rest(house: House, shell: Shell, file: Path) -> None:
    shell("apply", file)
    file.write_text(first_flow())
    assert [line for line in shell("apply", file).out.splitlines() if line[0] != " "] == [
        "+ access flow Everything is new"
    ]
    file.write_text(first_flow().replace("8h", "2h"))
    changed = shell("apply", file).out
    assert changed.startswith("~ access flow Everything changes\n")
    assert "    -longest: 8h\n    +longest: 2h\n" in changed


def test_prune_removes_what_is_not_in_the_files_of_the_kinds_that_are(house: House, shell: Shell, file: Path) -> None:
    shell("apply", file)
    file.write_text(first_flow())
    pruned = shell("apply", file, "--prune", "--json").json["catalogue"]
    gone = {step["name"] for step in pruned if step["action"] == "delete"}
    assert gone == {one["name"] for one in sample_catalogue()["access_flows"]}
    assert {step["kind"] for step in pruned} == {"access_flows"}


def test_files_without_webhooks_prune_no_webhook(house: House, shell: Shell, file: Path, tmp_path: Path) -> None:
    webhooks = tmp_path / "webhooks.yaml"
    webhooks.write_text("webhooks: [{name: a, url: 'https://a.example.com/', triggers: [RequestCreated], body: '{}'}]")
    assert shell("apply", webhooks).status == 0
    shell("apply", file, "--prune")
    assert [one["name"] for one in shell("webhooks", "list", "--json").json] == ["a"]


def test_every_problem_has_its_file_line_and_column(house: House, shell: Shell, file: Path, tmp_path: Path) -> None:
    shell("apply", file)
    wrong, other = tmp_path / "wrong.yaml", tmp_path / "other.yaml"
    wrong.write_text(first_flow().replace("8h", "long"))
    other.write_text("groups:\n  - name: new\n    members: []\n    leader: nobody\n")
    done = shell("apply", wrong, other)
    assert done.status == 2
    assert f"{wrong}:6:5 access_flows[0].longest: 'long' is no length of time." in done.err
    assert f"{other}:4:5 groups[0].leader: is not a known field." in done.err


def test_the_same_name_in_two_files_is_told_before_the_server_is_asked(shell: Shell, tmp_path: Path) -> None:
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text(first_flow())
    two.write_text(first_flow())
    done = shell("apply", one, two)
    assert done.status == 2
    assert f"{two}:2:5 access_flows[0].name: 'Everything' is defined in {one} already" in done.err
