"""Given: what the framework hands to a route.

In: nothing. Out: the annotations under which a route asks for the flows, and for a part of its path. Never: a value.
"""

from typing import Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from grantwire.edges.api.flows import Flows

FlowsGiven = NamedDependency[SkipValidation[Flows]]
Name = FromPath[str]
Asked = Request[Any, Any, Any]
