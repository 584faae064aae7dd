"""grantwire apply: files in, differences out, all problems at once."""

from pathlib import Path

import pytest
from tests.edges.api.house import House
from tests.edges.cli.running import Shell

from grantwire.domain.secret import MASK

GOOD = """\
webhooks:
  - name: ServiceNow prod
    url: https://acme.service-now.com/api/now/table/incident
    triggers: [RequestCreated]
    auth:
      type: bearer
      token: ${env:SN_TOKEN}
    body: |
      {"short_description": "{{ data.requester.name }}"}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "webhooks.yaml"
    path.write_text(GOOD)
    return path


def test_a_new_webhook_is_created_and_a_second_apply_changes_nothing(house: House, shell: Shell, file: Path) -> None:
    first = shell("apply", file)
    assert (first.status, first.err) == (0, "")
    assert first.out.startswith("+ ServiceNow prod is new\n")
    assert shell("apply", file).out == "= ServiceNow prod stays as it is\n"
    shown = shell("webhooks", "show", "ServiceNow prod", "--json").json
    assert (shown["version"], shown["auth"]["token"]) == (1, "${env:SN_TOKEN}")


def test_a_dry_run_prints_the_difference_and_changes_nothing(house: House, shell: Shell, file: Path) -> None:
    shell("apply", file)
    file.write_text(GOOD.replace("RequestCreated", "RequestGranted") + "    timeout_seconds: 12\n")
    done = shell("apply", file, "--dry-run")
    assert done.status == 0
    assert "~ ServiceNow prod changes" in done.out
    assert "    -- RequestCreated\n    +- RequestGranted\n" in done.out
    assert "    +timeout_seconds: 12\n" in done.out
    assert shell("webhooks", "show", "ServiceNow prod", "--json").json["version"] == 1
    shell("apply", file)
    assert shell("webhooks", "show", "ServiceNow prod", "--json").json["version"] == 2


def test_a_plain_secret_is_never_printed_and_written_again(house: House, shell: Shell, file: Path) -> None:
    file.write_text(GOOD.replace("${env:SN_TOKEN}", "p1ain-s3cret"))
    first, again = shell("apply", file), shell("apply", file)
    assert MASK in first.out
    assert again.out.splitlines()[0] == "~ ServiceNow prod has secrets that are written again"
    assert "p1ain-s3cret" not in first.out + again.out + first.err


def test_prune_removes_what_is_not_in_the_files_and_nothing_else_does(house: House, shell: Shell, file: Path) -> None:
    shell("apply", file)
    other = file.with_name("other.yaml")
    other.write_text(GOOD.replace("ServiceNow prod", "Other"))
    shell("apply", other)
    assert len(shell("webhooks", "list", "--json").json) == 2
    assert "- ServiceNow prod goes" in shell("apply", other, "--prune", "--dry-run").out
    assert len(shell("webhooks", "list", "--json").json) == 2
    assert shell("apply", other, "--prune").status == 0
    assert [one["name"] for one in shell("webhooks", "list", "--json").json] == ["Other"]


def test_all_problems_of_all_files_come_at_once_with_their_lines_and_nothing_is_changed(
    house: House, shell: Shell, file: Path
) -> None:
    bad = file.with_name("bad.yaml")
    bad.write_text(
        "webhooks:\n"
        "  - name: One\n"
        "    url: http://acme.example.com:8443/x\n"
        "    triggers: [RequestCreated, Nonsense]\n"
        "    timeout_seconds: 0\n"
        "  - name: Two\n"
        "    url: https://acme.example.com/x\n"
        "    triggers: [RequestCreated]\n"
        '    body: \'{"a": "{{ data.id "}\'\n'
    )
    done = shell("apply", file, bad)
    assert (done.status, done.out) == (2, "")
    for line in (":3:5 webhooks[0].url:", ":4:32 webhooks[0].triggers[1]:", ":5:5 webhooks[0].timeout_seconds:"):
        assert f"{bad}{line}" in done.err
    assert f"{bad}:9:5 webhooks[1].body:" in done.err
    assert shell("webhooks", "list", "--json").json == []


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("webhooks:\n  - name: [\n", ":3:1", "is no YAML"),
        ("webhooks:\n  - name: a\n    name: b\n", ":3:5", "'name' is given twice"),
        ("", ":1:1", "is empty"),
        ("- name: a\n", ":1:1", "webhooks:"),
        ("webhooks: 7\n", ":1:11", "with a list"),
        ("webhook: []\n", ":1:1", "'webhook' is no known field"),
        ("webhooks:\n  - url: x\n", ":2:5", "is missing"),
        ("webhooks:\n  - {name: a}\n  - {name: a}\n", ":3:6", "defined in"),
        ("a: &a [x, x]\nb: &b [*a, *a]\n" + "webhooks: [*b]\n", ":1:1", "no known field"),
        ("webhooks:\n  - !!python/object/apply:os.system [ls]\n", ":2:5", "is no YAML"),
    ],
)
def test_a_file_that_is_wrong_is_told_where(shell: Shell, file: Path, text: str, place: str, words: str) -> None:
    file.write_text(text)
    done = shell("apply", file)
    assert done.status == 2
    assert f"{file}{place}" in done.err
    assert words in done.err


def test_aliases_cannot_make_a_file_explode(shell: Shell, file: Path) -> None:
    rows = ["x0: &x0 [a, a, a, a, a, a, a, a, a, a]"]
    rows += [f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]" for n in range(1, 9)]
    file.write_text("\n".join(rows) + "\nwebhooks: [*x8]\n")
    done = shell("apply", file)
    assert (done.status, "aliases counted" in done.err) == (2, True)


def test_a_missing_file_is_told_by_name(shell: Shell, tmp_path: Path) -> None:
    done = shell("apply", tmp_path / "nope.yaml")
    assert (done.status, "nope.yaml: No such file" in done.err) == (2, True)


def test_json_tells_the_steps(house: House, shell: Shell, file: Path) -> None:
    told = shell("apply", file, "--dry-run", "--json").json
    assert told["dry_run"] is True
    assert [(one["name"], one["action"]) for one in told["webhooks"]] == [("ServiceNow prod", "create")]
