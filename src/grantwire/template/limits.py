"""How much a template may ask for. Counters, not clocks, so that the same template always ends the same way.

In: nothing. Out: one frozen value. Never: measuring time.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Limits:
    """Each limit is an error with the position of the tag that crossed it."""

    template_bytes: int = 64 * 1024
    nodes: int = 2_000
    path_names: int = 100
    block_depth: int = 50
    partial_depth: int = 10
    loop_turns: int = 10_000
    partial_calls: int = 10_000
    output_characters: int = 1024 * 1024
    json_depth: int = 4
    problems: int = 50


LIMITS: Final = Limits()
