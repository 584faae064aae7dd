"""A server does not load what only the command line of a library needs."""

import subprocess
import sys

PROGRAM = """
import sys
import grantwire.assemble
from grantwire.domain.cel_library import cel
assert cel.compile("1 + 1").execute({}) == 2
print(*sorted({"prompt_toolkit", "cel"} & set(sys.modules)))
"""


def test_expressions_work_without_the_librarys_command_line() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["cel"]
