"""Problem details (RFC 9457) as they are written.

In: nothing. Out: the wire types of every answer that says no. Never: a decision which answer that is.
"""

from typing import Annotated

from msgspec import Meta, Struct


class FoundProblem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One fault of what was sent."""

    path: Annotated[str, Meta(description="Where in the input; empty for the whole.", examples=["[3].data.id"])]
    message: Annotated[str, Meta(examples=["must be text, found a number"])]
    hint: Annotated[str, Meta(description="What to do about it.")] = ""
    line: Annotated[int, Meta(ge=1, description="Where the input is text.")] | None = None
    column: Annotated[int, Meta(ge=1)] | None = None


class ProblemDetails(Struct, frozen=True, kw_only=True):
    """RFC 9457 problem details with every problem, not only the first."""

    type: Annotated[str, Meta(description="A stable word for the kind.", examples=["urn:grantwire:problem:invalid"])]
    title: Annotated[str, Meta(examples=["the event is not valid"])]
    status: Annotated[int, Meta(ge=400, le=599)]
    detail: Annotated[str, Meta(description="The first problems in one sentence.")]
    problems: list[FoundProblem]
