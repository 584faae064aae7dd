"""Compares our engine with handlebars.js on as many random templates as asked for, and prints each finding made small.

    python tests/template/differential/fuzz.py --count 100000 --seed mine

Exit 0: every case agrees or is a known difference. Exit 1: there are findings.
"""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from differential import ours
from differential.compare import Comparison, compare, comparisons
from differential.handlebars_js import Crashed, Refused, Rendered
from differential.shrink import smallest

from grantwire.template import Tier


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=10_000, help="how many templates (default 10000)")
    parser.add_argument("--seed", default="grantwire", help="any text; the same seed gives the same templates")
    parser.add_argument("--start", type=int, default=0, help="number of the first template")
    parser.add_argument("--show", type=int, default=20, help="how many findings to make small and print")
    return parser.parse_args()


def described(found: Comparison) -> str:
    case = smallest(found.case, lambda case: compare(case).is_finding)
    now = compare(case)
    lines = [
        f"#{found.number}",
        f"  template  {case.template!r}",
        f"  data      {json.dumps(case.data, ensure_ascii=False)}",
    ]
    lines += [f"  partial   {name}: {text!r}" for name, text in case.partials.items()]
    answers = {"expected": now.theirs, "ours": now.mine}
    if not now.tiers_agree:
        answers["generated"] = ours.render(case, Tier.GENERATED)
    for who, outcome in answers.items():
        match outcome:
            case Rendered(text):
                lines.append(f"  {who:9} {text!r}")
            case Refused(reason) | Crashed(reason):
                lines.append(f"  {who:9} {type(outcome).__name__}: {reason.strip().splitlines()[0]}")
    return "\n".join(lines)


def main() -> int:
    options = arguments()
    tally: Counter[str] = Counter()
    for comparison in comparisons(options.seed, range(options.start, options.start + options.count)):
        tally[verdict(comparison)] += 1
        if comparison.is_finding and tally["FINDING"] <= options.show:
            print(described(comparison), flush=True)  # noqa: T201 - a program for the terminal
    print("\n".join(f"{count:8}  {name}" for name, count in tally.most_common()))  # noqa: T201
    return 1 if tally["FINDING"] else 0


def verdict(comparison: Comparison) -> str:
    if comparison.agrees:
        return "refused by both" if isinstance(comparison.mine, Refused) else "rendered alike"
    if comparison.is_finding or comparison.difference is None:
        return "FINDING"
    return f"known: {comparison.difference.name}"


if __name__ == "__main__":
    sys.exit(main())
