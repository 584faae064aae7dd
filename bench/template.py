"""How fast templates are rendered and compiled, against `json.dumps` of an equivalent value in the same run.

    python bench/template.py

Prints a table and writes bench/results/template.json. Single figures depend on the machine; the ratios are the point.
Every figure is the median of interleaved rounds, so that a noisy moment meets all candidates.
"""

import json
import platform
import statistics
import sys
import timeit
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "template"))
from hostile_shapes import SHAPES

from grantwire.template import TemplateError, compile_template
from grantwire.template.contexts import analyse
from grantwire.template.parser import parse
from grantwire.template.tree import Mode
from grantwire.template.verify import judge

ROUNDS: Final = 401
SAMPLE_SECONDS: Final = 0.0002
RESULTS: Final = Path(__file__).parent / "results" / "template.json"

# The body of a ServiceNow guide: a JSON document inside a string of a JSON document.
INNER_FIELDS: Final = {
    "event_type": "event_type",
    "event_time": "event_time",
    "id": "data.id",
    "friendly_id": "data.friendly_id",
    "requester_id": "data.requester.id",
    "requester_name": "data.requester.name",
    "requester_email": "data.requester.email",
    "justification": "data.justification",
    "creation_date": "data.creation_date",
    "access_flow_id": "data.access_flow.id",
    "access_flow_name": "data.access_flow.name",
    "access_bundle_id": "data.access_bundle.id",
    "access_bundle_name": "data.access_bundle.id",
    "access_groups_integration_name": "data.access_groups.[0].integration.name",
    "access_groups_integration_type": "data.access_groups.[0].integration.type",
}
INNER: Final = ", ".join(f'\\"{key}\\": \\"{{{{ {path} }}}}\\"' for key, path in INNER_FIELDS.items())
GUIDE: Final = f"""{{
  "caused_by": "{{{{ data.requester.name }}}}",
  "short_description": "{{{{ data.access_groups.[0].integration.name }}}}",
  "cause": "{{{{ event_type }}}}",
  "description": "{{ {INNER}}}",
  "reopened_by": "access desk"
}}
"""
BLOCKS: Final = """{"groups": [
{{#each groups}}{"name": "{{name}}", "kind": {{#if open}}"open"{{else}}"closed"{{/if}}, "members": [
{{#each members}}{"id": {{id}}, "name": "{{name}}"{{#if admin}}, "role": "admin"{{/if}} }{{#unless @last}},{{/unless}}
{{/each}}]}{{#unless @last}},{{/unless}}
{{/each}}]}
"""
EVENT: Final[dict[str, Any]] = {
    "event_type": "access_request.approved",
    "event_time": "2026-03-05T14:30:00Z",
    "data": {
        "id": "0a1b2c3d-1111-2222-3333-444455556666",
        "friendly_id": "AR-1234",
        "requester": {"id": "u-77", "name": "Conan O'Brien", "email": "conan@example.com"},
        "justification": 'Need "prod" access\nsee C:\\logs <b>& more',
        "creation_date": "2026-03-05T14:00:00Z",
        "access_flow": {"id": "af-1", "name": "On-call production"},
        "access_bundle": {"id": "ab-9", "name": "Databases"},
        "access_groups": [{"integration": {"name": "prod-postgres", "type": "postgresql"}}],
    },
}
GROUPS: Final[dict[str, Any]] = {
    "groups": [
        {
            "name": f"group {group}",
            "open": group % 2 == 0,
            "members": [{"id": 10 * group + at, "name": f"member {at}", "admin": at == 0} for at in range(size)],
        }
        for group, size in enumerate((3, 2, 2))
    ]
}


def dumped_guide() -> str:
    """What a program without templates would write."""
    data = EVENT["data"]
    requester, flow, bundle = data["requester"], data["access_flow"], data["access_bundle"]
    integration = data["access_groups"][0]["integration"]
    inner = {
        "event_type": EVENT["event_type"],
        "event_time": EVENT["event_time"],
        "id": data["id"],
        "friendly_id": data["friendly_id"],
        "requester_id": requester["id"],
        "requester_name": requester["name"],
        "requester_email": requester["email"],
        "justification": data["justification"],
        "creation_date": data["creation_date"],
        "access_flow_id": flow["id"],
        "access_flow_name": flow["name"],
        "access_bundle_id": bundle["id"],
        "access_bundle_name": bundle["id"],
        "access_groups_integration_name": integration["name"],
        "access_groups_integration_type": integration["type"],
    }
    outer = {
        "caused_by": requester["name"],
        "short_description": integration["name"],
        "cause": EVENT["event_type"],
        "description": json.dumps(inner),
        "reopened_by": "access desk",
    }
    return json.dumps(outer)


def dumped_groups() -> str:
    return json.dumps({"groups": [dumped_group(group) for group in GROUPS["groups"]]})


def dumped_group(group: dict[str, Any]) -> dict[str, Any]:
    members = [
        {"id": one["id"], "name": one["name"], **({"role": "admin"} if one["admin"] else {})}
        for one in group["members"]
    ]
    return {"name": group["name"], "kind": "open" if group["open"] else "closed", "members": members}


def unchecked(_: str) -> None:
    """In place of the check of the finished body, to see what it costs."""


def renderers(source: str, event: Any) -> dict[str, Callable[[], object]]:
    tiers = {
        "as anyone calls it": ("auto", None),
        "without msgspec": ("auto", judge),
        "unchecked": ("auto", unchecked),
        "values made by msgspec": ("auto", msgspec.json.decode),
        "values made by json": ("auto", json.loads),
        "closures, as in the first render": ("closures", None),
        "closures, unchecked": ("closures", unchecked),
    }
    made = {}
    for name, (tier, loads) in tiers.items():
        template = compile_template(source, tier=tier, loads=loads)
        made[name] = lambda template=template: template.render(event)
    return made


def medians(candidates: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Microseconds for each candidate. A sample is kept shorter than a turn of the scheduler, so that on a busy
    machine most samples are undisturbed and the median is one of those."""
    loops = {name: samples_in(candidate) for name, candidate in candidates.items()}
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(ROUNDS):
        for name, candidate in candidates.items():
            times[name].append(timeit.timeit(candidate, number=loops[name]) / loops[name] * 1e6)
    return {name: statistics.median(taken) for name, taken in times.items()}


def samples_in(candidate: Callable[[], object]) -> int:
    once = min(timeit.repeat(candidate, number=1, repeat=20))
    return max(1, int(SAMPLE_SECONDS / once))


def rendering(title: str, candidates: dict[str, Callable[[], object]]) -> dict[str, Any]:
    taken = medians(candidates)
    yardstick = taken["json.dumps"]
    print(f"\n{title}\n{'':34}{'µs':>9}{'× json.dumps':>15}")
    for name, microseconds in taken.items():
        print(f"{name:34}{microseconds:9.2f}{microseconds / yardstick:15.2f}")
    return {name: {"us": round(us, 3), "ratio": round(us / yardstick, 3)} for name, us in taken.items()}


def compiling() -> dict[str, Any]:
    tree = parse(GUIDE)
    taken = medians(
        {
            "parse": lambda: parse(GUIDE),
            "analyse": lambda: analyse(tree, Mode.JSON, {}),
            "compile_template (as used)": lambda: compile_template(GUIDE),
            "compile_template (both tiers)": lambda: compile_template(GUIDE, tier="generated"),
        },
    )
    print(f"\nCompiling the guide's body\n{'':34}{'ms':>9}")
    for name, microseconds in taken.items():
        print(f"{name:34}{microseconds / 1000:9.2f}")
    return {name: {"ms": round(us / 1000, 3)} for name, us in taken.items()}


def refusing() -> dict[str, Any]:
    """Templates of 64 KiB made to be slow, compiled or refused; the best of three, for there are many."""
    taken = {name: milliseconds(source) for name, source in SHAPES.items()}
    print(f"\nHostile templates of 64 KiB\n{'':34}{'ms':>9}{'':3}")
    for name, (spent, verdict) in sorted(taken.items(), key=lambda item: -item[1][0]):
        print(f"{name:34}{spent:9.2f}   {verdict}")
    return {name: {"ms": round(spent, 2)} for name, (spent, _) in taken.items()}


def milliseconds(source: str) -> tuple[float, str]:
    verdict = ""

    def read() -> None:
        nonlocal verdict
        try:
            compile_template(source)
            verdict = "fine"
        except TemplateError as error:
            verdict = error.problems[0].message

    return min(timeit.repeat(read, number=1, repeat=3)) * 1000, verdict


def main() -> None:
    assert json.loads(json.loads(compile_template(GUIDE).render(EVENT))["description"]) == json.loads(
        json.loads(dumped_guide())["description"]
    )
    assert json.loads(compile_template(BLOCKS).render(GROUPS)) == json.loads(dumped_groups())
    results = {
        "python": platform.python_version(),
        "guide": rendering("The guide's body", {"json.dumps": dumped_guide, **renderers(GUIDE, EVENT)}),
        "blocks": rendering(
            "Two loops inside each other, with conditions",
            {"json.dumps": dumped_groups, **renderers(BLOCKS, GROUPS)},
        ),
        "compiling": compiling(),
        "hostile": refusing(),
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", "utf-8")
    print(f"\nwritten to {RESULTS.relative_to(Path.cwd()) if RESULTS.is_relative_to(Path.cwd()) else RESULTS}")


if __name__ == "__main__":
    sys.exit(main())
