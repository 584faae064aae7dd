"""Match an expression: CEL over `event_type`, `event_time` and `data`.

In: a checked expression, compiled once; then events. Out: whether it is true, or why it could not be told.
Never: an exception for an odd event, or work without bound on a large one.
"""

from collections.abc import Callable
from dataclasses import dataclass

from grantwire.domain.cel_library import cel
from grantwire.domain.event import Event
from grantwire.domain.expression import FUNCTIONS
from grantwire.domain.expression_outline import Outline, only
from grantwire.steps.match_clause import Finding


@dataclass(frozen=True, slots=True)
class ExpressionTest:
    source: str
    look: Callable[[Event], Finding]


def compile_expression(source: str) -> ExpressionTest:
    program = cel.compile(source)
    outline = Outline(source)
    paths = outline.reads()
    calls_ours = not FUNCTIONS.keys().isdisjoint(program.functions())

    def look(event: Event) -> Finding:
        if outline.loops > 1 and outline.most_turns(event.envelope) > MOST_TURNS:
            return _not_told("the event is too large for loops within loops")
        data = only(paths, event.envelope["data"])
        variables = {"event_type": event.type, "event_time": event.occurred_at, "data": data}
        try:
            value = program.execute(cel.Context(variables, FUNCTIONS) if calls_ours else variables)
        except Exception as error:  # noqa: BLE001 - whatever an expression meets in an event, the answer is "no"
            return _not_told(_words(error))
        if value is True or value is False:
            return Finding(value, ("true" if value else "false",), "" if value else FALSE)
        return _not_told(f"it gave {value!r:.80}, neither true nor false")

    return ExpressionTest(source, look)


FALSE = "filter expression: is false for this event"
# One turn is about a microsecond; this bounds an evaluation to a second.
MOST_TURNS = 1_000_000


def _not_told(why: str) -> Finding:
    return Finding(passed=False, found=(), why=f"filter expression: could not be told: {why}")


def _words(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"the event has no {error.args[0]}"
    return " ".join(str(error).split(". ", maxsplit=1)[0].split())  # the library goes on with advice for programmers
