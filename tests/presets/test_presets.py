"""Every preset: it can be saved, and what it sends for the sample of each trigger is known word by word."""

import copy
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantwire.domain.allowance import Allowance
from grantwire.domain.definition import read_definition
from grantwire.domain.definition_warnings import definition_warnings
from grantwire.domain.errors import Refused
from grantwire.domain.event_types import event_types
from grantwire.domain.secret_reading import PLACEHOLDER
from grantwire.domain.webhook import SuccessRule, Webhook, WebhookId
from grantwire.presets.catalog import Preset, body_of, by_name
from grantwire.template import compile_template

GOLDEN = Path(__file__).parent / "golden"
PRESETS = list(by_name().values())
INCIDENT = compile_template(by_name()["servicenow-incident"].definition["body"], mode="json")
GUIDE = compile_template(by_name()["servicenow-guide"].definition["body"], mode="json")


def filled_in(preset: Preset) -> Webhook:
    definition = json.loads(PLACEHOLDER.sub("dev12345", json.dumps(preset.definition)))
    return read_definition(definition, id=WebhookId("w"), allowance=Allowance())


def rendered(preset: Preset, event: dict[str, Any]) -> Any:
    known = event | {"event_id": "evt-1", "receipt": {}}
    return json.loads(compile_template(preset.definition["body"], mode="json").render(known))


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_a_preset_names_the_placeholders_that_are_left_and_is_fine_without_them(preset: Preset) -> None:
    with pytest.raises(Refused) as caught:
        read_definition(preset.definition, id=WebhookId("w"), allowance=Allowance())
    assert all("placeholder <" in problem.message for problem in caught.value.problems)
    assert filled_in(preset).name == preset.definition["name"]


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_the_payload_of_a_preset_is_the_golden_one(preset: Preset) -> None:
    event = event_types()["RequestApproved"].sample()
    golden = json.loads((GOLDEN / f"{preset.name}.json").read_text())
    assert rendered(preset, event) == golden


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
@pytest.mark.parametrize("trigger", ["RequestCreated", "RequestFailed", "Manual"])
def test_the_smallest_event_gives_a_payload_too(preset: Preset, trigger: str) -> None:
    assert rendered(preset, {"event_type": trigger, "event_time": 0, "data": {"id": "r1"}})


def test_our_own_presets_give_hardly_cause_for_a_warning_and_the_guides_does() -> None:
    presets = by_name()
    (only,) = definition_warnings(filled_in(presets["servicenow-incident"]))
    assert "the list may have no item 0" in only.message  # prints nothing then, which is what is meant
    assert definition_warnings(filled_in(presets["generic-json"])) == ()
    assert len(definition_warnings(filled_in(presets["servicenow-guide"]))) == 6


def test_the_body_of_the_guide_is_letter_for_letter_the_published_one() -> None:
    body = body_of("servicenow_guide.hbs").encode()
    assert (len(body), sha256(body).hexdigest()) == (991, GUIDE_SHA256)


GUIDE_SHA256 = "c1b612f10ed3994783e3b4a25cf93a7c79d6bd11c6434476706efe030a24f0a8"


def test_both_servicenow_presets_judge_by_servicenows_rule() -> None:
    for name in ("servicenow-incident", "servicenow-guide"):
        assert filled_in(by_name()[name]).success is SuccessRule.SERVICENOW


def test_the_corrected_preset_corrects_what_the_guide_gets_wrong() -> None:
    event = event_types()["RequestApproved"].sample()
    payload = rendered(by_name()["servicenow-incident"], event)
    assert {"caused_by", "reopened_by"}.isdisjoint(payload)
    assert "Bundle: Checkout on call" in payload["description"]
    assert payload["correlation_id"] == "evt-1"
    assert payload["correlation_display"] == "Grantwire"


HOSTILE = st.text(max_size=30) | st.sampled_from(
    ['"', "\\", '","x":"', "{{data.id}}", "\n\r\t\x00", "</a>", "\\u0041", "😀"]
)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_the_guides_body_stays_json_in_json_whatever_a_requester_writes(reason: str, name: str, flow: str) -> None:
    event = event_types()["RequestCreated"].sample()
    event["data"]["justification"] = reason
    event["data"]["requester"]["name"] = name
    event["data"]["access_flow"]["name"] = flow
    payload = json.loads(GUIDE.render(event))
    inner = json.loads(payload["description"])
    assert payload["caused_by"] == name
    assert (inner["justification"], inner["requester_name"], inner["access_flow_name"]) == (reason, name, flow)


@given(st.integers(1, 400), st.integers(0, 12), HOSTILE)
def test_no_event_makes_an_incident_longer_than_servicenow_stores(times: int, many: int, text: str) -> None:
    def swollen(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: swollen(item) for key, item in value.items()}
        if isinstance(value, list):
            return [swollen(item) for item in value for _ in range(many)]
        return (value + text) * times if isinstance(value, str) else value

    event = copy.deepcopy(event_types()["RequestRejected"].sample())
    event["data"] = swollen(event["data"]) | {"access_duration_in_seconds": 10**39}
    payload = json.loads(INCIDENT.render(event))
    assert len(payload["short_description"]) <= 160
    assert len(payload["description"]) <= 4000
    assert len(payload["correlation_id"]) <= 100
