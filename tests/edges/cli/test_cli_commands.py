"""The other commands: sent, followed, rendered, shown; each with its exit status."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests.edges.api.house import House, definition, event
from tests.edges.cli.running import Shell, programs

from grantwire.domain.errors import Broken, NotNow, Problem, Refused
from grantwire.domain.exchange import Request, Response, Timings
from grantwire.flow.checkup import Finding


@pytest.fixture
def webhook(house: House, shell: Shell, tmp_path: Path) -> str:
    """One that wants RequestCreated."""
    file = tmp_path / "webhooks.json"
    file.write_text(json.dumps({"webhooks": [definition()]}))  # JSON is YAML too
    assert shell("apply", file).status == 0
    return "ServiceNow prod"


def saved(folder: Path, content: str, name: str = "events.json") -> Path:
    path = folder / name
    path.write_text(content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        json.dumps([event(id="a"), event(id="b")], indent=2),
        "\n".join(json.dumps(event(id=name)) for name in "ab") + "\n",
    ],
)
def test_a_file_of_events_is_sent_and_may_be_sent_again(
    webhook: str, shell: Shell, tmp_path: Path, content: str
) -> None:
    file = saved(tmp_path, content)
    for _ in range(2):
        done = shell("events", "send", file)
        assert (done.status, done.out) == (0, "2 events accepted: 2 deliveries, 0 skipped\n")
    assert len(shell("deliveries", "list", "--json").json) == 2


def test_events_without_an_id_are_told_apart_by_their_content(webhook: str, shell: Shell, tmp_path: Path) -> None:
    file = saved(tmp_path, json.dumps([event(), event(event_time=1)]))
    first = shell("events", "send", file, "--json").json
    assert shell("events", "send", file, "--json").json == first
    assert len({one["id"] for one in first}) == 2


def test_a_bad_event_among_many_is_told_by_its_place(house: House, shell: Shell, tmp_path: Path) -> None:
    rows = [json.dumps(event(id=f"e{number}")) for number in range(450)]
    rows[420] = json.dumps(event(event_type="Nonsense"))
    file = saved(tmp_path, "\n".join(rows))
    done = shell("events", "send", file)
    assert done.status == 2
    assert "400 of 450 events were accepted before" in done.err
    assert f"{file} line 421 event_type:" in done.err


@pytest.mark.parametrize("content", ["", "{", '{"a": 1, "a": 2}', "[1, NaN]", '{"a": 1}\n{"a"\n'])
def test_a_file_that_is_no_json_is_refused_before_anything_is_sent(shell: Shell, tmp_path: Path, content: str) -> None:
    done = shell("events", "send", saved(tmp_path, content))
    assert (done.status, "is not valid JSON" in done.err) == (2, True)


def test_tail_prints_events_with_their_deliveries(webhook: str, shell: Shell, tmp_path: Path) -> None:
    shell("events", "send", saved(tmp_path, json.dumps([event(id="a"), event(id="b")])))
    lines = shell("events", "tail", "--once").out.splitlines()
    assert [line.split()[-1] for line in lines if "RequestCreated" in line] == ["a", "b"]
    assert sum("ServiceNow prod:" in line for line in lines) == 2
    told = [json.loads(line) for line in shell("events", "tail", "--once", "-n", 1, "--json").out.splitlines()]
    assert [next(iter(one)) for one in told] == ["event", "delivery"]


def busy(request: Request) -> Response:
    return Response(503, "Busy", (), b"later", is_cut=False, timings=Timings(1.0))


def test_a_delivery_is_shown_retried_and_cancelled(house: House, webhook: str, shell: Shell, tmp_path: Path) -> None:
    house.sender.script = busy
    [accepted] = shell("events", "send", saved(tmp_path, json.dumps(event())), "--json").json
    delivery_id = accepted["deliveries"][0]["id"]

    def state() -> str:
        found: str = shell("deliveries", "show", delivery_id, "--json").json["state"]
        return found

    while state() != "waiting":
        time.sleep(0.01)
    shown = shell("deliveries", "show", delivery_id)
    assert "state" in shown.out
    assert "attempt 1" in shown.out
    assert delivery_id in shell("deliveries", "list", "--state", "waiting", "--webhook", webhook).out
    assert shell("deliveries", "list", "--state", "dead").out == "no deliveries\n"
    assert shell("deliveries", "retry", delivery_id).out == f"{delivery_id} is pending\n"
    while state() != "waiting":
        time.sleep(0.01)
    assert shell("deliveries", "cancel", delivery_id).out == f"{delivery_id} is cancelled\n"
    again = shell("deliveries", "cancel", delivery_id)
    assert (again.status, "cancelled" in again.err) == (2, True)


@pytest.mark.usefixtures("webhook")
def test_a_dead_delivery_in_front_is_skipped(house: House, shell: Shell, tmp_path: Path) -> None:
    ordered = definition(order="per_request", retry={"attempts": 1})
    shell("apply", saved(tmp_path, json.dumps({"webhooks": [ordered]}), "ordered.json"))
    house.sender.script = busy
    [accepted] = shell("events", "send", saved(tmp_path, json.dumps(event())), "--json").json
    delivery_id = accepted["deliveries"][0]["id"]
    while shell("deliveries", "show", delivery_id, "--json").json["state"] != "dead":
        time.sleep(0.01)
    assert shell("deliveries", "skip", delivery_id).out == f"{delivery_id} is skipped\n"
    assert shell("deliveries", "skip", delivery_id).status == 2


def test_a_webhook_is_listed_shown_paused_resumed_and_deleted(webhook: str, shell: Shell) -> None:
    assert "active" in shell("webhooks", "list").out
    shown = shell("webhooks", "show", webhook).out
    assert "name: ServiceNow prod" in shown
    assert "s3cret-token" not in shown
    assert shell("webhooks", "pause", webhook, "--why", "upgrade").out == f"{webhook} is paused: upgrade\n"
    assert shell("webhooks", "resume", webhook).out == f"{webhook} is active\n"
    assert shell("webhooks", "delete", webhook).out == f"{webhook} is deleted\n"
    gone = shell("webhooks", "show", webhook)
    assert (gone.status, "there is no webhook named" in gone.err) == (2, True)


def test_a_test_ends_with_what_the_target_said(house: House, webhook: str, shell: Shell, tmp_path: Path) -> None:
    done = shell("webhooks", "test", webhook, "--event", saved(tmp_path, json.dumps(event())))
    assert done.status == 0
    assert "201 Created" in done.out

    def refusing(request: Request) -> Response:
        return Response(400, "Bad Request", (), b"no such field", is_cut=False, timings=Timings(1.0))

    house.sender.script = refusing
    done = shell("webhooks", "test", webhook, "--event-type", "RequestCreated")
    assert (done.status, "no such field" in done.out) == (2, True)


def test_render_prints_the_text_offline(shell: Shell, tmp_path: Path) -> None:
    template = saved(tmp_path, '{"who": "{{ data.requester.name }}"}', "body.hbs")
    done = shell("render", "--template", template, "--event", saved(tmp_path, json.dumps(event())))
    assert (done.status, json.loads(done.out)) == (0, {"who": "Maeve O'Brien"})


def test_render_prints_every_problem_with_line_column_and_caret(shell: Shell, tmp_path: Path) -> None:
    template = saved(tmp_path, '{\n  "a": "{{ nonsense data.id }}",\n  "b": "{{ nothing data.id }}"\n}', "body.hbs")
    words = ("render", "--template", template, "--event", saved(tmp_path, json.dumps(event())))
    done = shell(*words)
    assert (done.status, done.out) == (2, "")
    assert "line 2, column" in done.err
    assert "line 3, column" in done.err
    assert "^^" in done.err
    told = shell(*words, "--json")
    assert (told.status, told.json["text"], [one["line"] for one in told.json["problems"]]) == (2, None, [2, 3])


@pytest.mark.parametrize(
    "words",
    [
        ("webhooks", "list"),
        ("webhooks", "show", "x"),
        ("webhooks", "test", "x"),
        ("webhooks", "pause", "x"),
        ("webhooks", "resume", "x"),
        ("webhooks", "delete", "x"),
        ("events", "tail"),
        ("deliveries", "list"),
        ("deliveries", "show", "x"),
        ("deliveries", "retry", "x"),
        ("deliveries", "cancel", "x"),
        ("deliveries", "skip", "x"),
    ],
)
def test_without_a_server_the_exit_status_says_try_again(shell: Shell, words: tuple[str, ...]) -> None:
    done = shell(*words, "--server", "http://127.0.0.1:1")
    assert (done.status, done.out) == (75, "")
    assert "http://127.0.0.1:1" in done.err
    assert "Traceback" not in done.err


def test_a_wrong_key_and_a_wrong_address_are_the_callers(house: House, shell: Shell) -> None:
    done = shell("webhooks", "list", "--api-key", "wrong")
    assert (done.status, "GRANTWIRE_API_KEY" in done.err) == (2, True)
    assert "wrong" not in done.err
    for server in ("ftp://x", "nonsense"):
        assert shell("webhooks", "list", "--server", server).status == 2


def test_the_programs_get_what_was_given_and_nothing_else(shell: Shell, tmp_path: Path) -> None:
    given: list[Any] = []
    shell.programs = programs(
        serve=lambda *all_: given.append(all_), demo=lambda one: given.append(one) or 1, sandbox=given.append
    )
    assert shell("serve", "--port", 0, "--data", tmp_path, "--config", "x.toml").status == 0
    assert shell("demo", "--requests", 5).status == 1
    assert shell("sandbox", "servicenow", "--port", 9, "--tls").status == 0
    assert given == [({"port": 0, "data": tmp_path}, Path("x.toml")), {"requests": 5}, {"port": 9, "tls": True}]
    assert shell("serve", "--help-settings").out == "GRANTWIRE_PORT=8080\n"
    assert shell("version").out == "0.1.0\n"


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        (Refused("the settings cannot be used", [Problem("GRANTWIRE_PORT", "expected a whole number.")]), 2, "PORT"),
        (NotNow("the database is locked"), 75, "Try again later."),
        (Broken("a secret does not open"), 70, "a secret does not open"),
        (KeyError("x"), 70, "please report"),
    ],
)
def test_each_family_of_faults_has_its_exit_status(shell: Shell, fault: Exception, status: int, words: str) -> None:
    def fail(*_: object) -> None:
        raise fault

    shell.programs = programs(serve=fail)
    done = shell("serve")
    assert (done.status, words in done.err) == (status, True)
    assert ("Traceback" in done.err) == isinstance(fault, KeyError)


def test_check_prints_a_line_each_with_the_cure(shell: Shell) -> None:
    assert shell("check").out == "ok   store: can be read and written\n"
    bad = [Finding("API keys", "there is none", "Start `grantwire serve` once.")]
    shell.programs = programs(check=lambda *_: bad)
    done = shell("check")
    assert (done.status, done.out) == (2, "BAD  API keys: there is none\n     Start `grantwire serve` once.\n")
    assert shell("check", "--json").json[0]["cure"] == "Start `grantwire serve` once."


def test_shrink_says_what_it_gained(shell: Shell) -> None:
    assert shell("shrink").out == "before: 3.0 MiB, 1.0 MiB of it free\nafter: 2.0 MiB, 0.0 MiB of it free\n"
    assert shell("shrink", "--json").json == {"before_bytes": 3_145_728, "after_bytes": 2_097_152}


WRONG = [("nonsense",), ("serve", "--nonsense"), ("webhooks", "show"), ("serve", "--port", "x")]


@pytest.mark.parametrize("words", WRONG)
def test_wrong_words_are_the_callers_mistake(shell: Shell, words: tuple[str, ...]) -> None:
    assert shell(*words).status == 2


def test_help_does_not_load_the_heavy_parts() -> None:
    code = (
        "import sys; from grantwire.edges.cli.app import build_cli; "
        "print([name for name in ('litestar', 'sqlalchemy', 'aiohttp', 'cel', 'grantwire.template', 'uvicorn') "
        "if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
