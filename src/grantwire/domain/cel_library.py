"""CEL library: the compiled part of `cel`, without the command line that its package loads as well.

In: nothing. Out: the module. Never: the prompt, colours and tables of that command line, which would be 7 MB of memory
and a tenth of a second at each start.
"""

import sys
from types import ModuleType

sys.modules.setdefault("cel.cli", ModuleType("cel.cli"))

import cel  # noqa: E402 - only now

__all__ = ["cel"]
