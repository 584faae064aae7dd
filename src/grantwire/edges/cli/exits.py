"""Exits: how a command ends, by whose fault it was.

In: whatever a command raises. Out: an exit status and words on stderr. Never: a traceback for a person's mistake.
"""

import os
import sys
import traceback
from collections.abc import Callable, Iterable
from enum import IntEnum

from grantwire.domain.errors import Broken, NotNow, Problem, Refused


class Exit(IntEnum):
    """After sysexits.h: 70 is EX_SOFTWARE, 75 EX_TEMPFAIL; 2 is what usage errors of any command give."""

    DONE = 0
    CALLER = 2
    DEFECT = 70
    TRY_AGAIN = 75


def status_of(command: Callable[[], object]) -> int:
    """Runs a command to its end; the ONE table from family to exit status."""
    try:
        command()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else Exit.DONE
    except Refused as refused:
        complain(refused.title, refused.problems)
        return Exit.CALLER
    except NotNow as reason:
        complain(reason.title, [Problem("", "Try again later.")])
        return Exit.TRY_AGAIN
    except BrokenPipeError:  # the reader of a pipe has seen enough (`| head`)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    except KeyboardInterrupt:
        return Exit.DONE
    except Broken as broken:
        complain(broken.title, ())
        return Exit.DEFECT
    except Exception as defect:  # noqa: BLE001 - the outermost edge
        traceback.print_exc()
        complain(f"Grantwire failed ({type(defect).__name__}); please report what is above", ())
        return Exit.DEFECT
    return Exit.DONE


def complain(title: str, problems: Iterable[Problem]) -> None:
    sys.stderr.write(f"error: {title}\n")
    for problem in problems:
        lines = str(problem).strip().splitlines() or [""]
        sys.stderr.write("".join(f"  {line}\n" for line in lines))
