"""Given: what the framework hands to a page.

In: nothing. Out: the annotations under which a route asks for the flows, the visit, and a part of its path.
Never: a value.
"""

from typing import Any

from litestar import Request, Response
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from grantwire.edges.web.flows import WebFlows
from grantwire.edges.web.visit import Visit

FlowsGiven = NamedDependency[SkipValidation[WebFlows]]
VisitGiven = NamedDependency[SkipValidation[Visit]]
Name = FromPath[str]
Asked = Request[Any, Any, Any]
Page = Response[bytes]
