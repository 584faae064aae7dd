"""What can go wrong, in three families by fault: the caller's, not now, ours.

In: words about one fault. Out: values (`Problem`) and the exceptions that carry them to an edge.
Never: an expected outcome of a delivery (that is a `Verdict`), or a secret in a message.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Refusal(StrEnum):
    """Why the caller was refused; each edge maps it to its own answer (HTTP status, exit status)."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    TOO_LARGE = "too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    PRECONDITION_FAILED = "precondition_failed"


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of what a caller gave.

    `path` is where in the input (`webhooks[0].url`, `data.requester.email`, empty for the whole); `line` and
    `column` are 1-based and given where the input is text; `hint` says what to do.
    """

    path: str
    message: str
    hint: str = ""
    line: int | None = None
    column: int | None = None
    is_warning: bool = False

    def __str__(self) -> str:
        place = self.path
        if self.line is not None:
            place += f" (line {self.line}, column {self.column})"
        text = f"{place}: {self.message}" if place else self.message
        return f"{text} {self.hint}" if self.hint else text


class Refused(Exception):
    """The caller's fault; carries every problem found, never only the first."""

    def __init__(self, title: str, problems: Iterable[Problem] = (), *, why: Refusal = Refusal.INVALID) -> None:
        self.title = title
        self.problems = tuple(problems)
        self.why = why
        super().__init__("; ".join([title, *map(str, self.problems)]))


class NotNow(Exception):
    """Ours and passing: a full disk, a locked database, a stop in progress. Nothing was done."""

    def __init__(self, title: str, *, retry_after_seconds: int = 5) -> None:
        self.title = title
        self.retry_after_seconds = retry_after_seconds
        super().__init__(title)


class Broken(Exception):
    """Our defect; the title is safe to show, the cause is for the log."""

    def __init__(self, title: str) -> None:
        self.title = title
        super().__init__(title)
