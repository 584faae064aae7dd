"""The reference names every mode, property, option and call with what it really does."""

import json
from dataclasses import fields
from pathlib import Path

import pytest

from grantwire.sandbox.control_api import Control
from grantwire.sandbox.faults.modes import MODES, READS, WRITES, Mode
from grantwire.sandbox.faults.switched import Faults
from grantwire.sandbox.instance import Instance
from grantwire.sandbox.options import SandboxOptions
from grantwire.sandbox.properties import Properties
from grantwire.sandbox.wire.limits import Limits
from grantwire.sandbox.wire.request_log import RequestLog

REFERENCE = (Path(__file__).parents[2] / "docs" / "reference" / "sandbox.md").read_text()


@pytest.mark.parametrize("mode", MODES.values(), ids=lambda mode: mode.name)
def test_a_mode_is_documented_with_its_aim(mode: Mode) -> None:
    summary = mode.summary
    if mode.default_delay_seconds:
        summary = summary.replace("`delay_seconds`", f"`delay_seconds` ({mode.default_delay_seconds:g})")
    strikes = {WRITES: "writing", READS: "reading", (): "all"}[mode.methods]
    assert f"| `{mode.name}` | {summary} | {mode.on} | {strikes} |" in REFERENCE


def test_every_property_is_documented_with_its_default() -> None:
    for name, value in Properties().shown().items():
        assert f"| `{name}` | `{json.dumps(value)}` |" in REFERENCE


def test_every_option_is_documented() -> None:
    for each in fields(SandboxOptions):
        assert f"`--{each.name.replace('_', '-')}`" in REFERENCE


def test_every_call_of_the_control_api_is_documented() -> None:
    instance = Instance(SandboxOptions())
    limits = Limits(instance.properties, instance.clock)
    control = Control(instance, Faults(instance.chance), RequestLog(1), limits)
    for method, name in control._routes:
        assert f"`{method} /sandbox/{name}`" in REFERENCE
