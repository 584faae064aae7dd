"""Handlebars templates that cannot break the JSON, XML, form or URL they make. Standard library only.

from grantwire.template import compile_template
template = compile_template('{"summary": "{{ requester.name }} asks for {{ role }}"}')
template.render({"requester": {"name": 'Conan "the" O\'Brien'}, "role": "admin"})
"""

from grantwire.template.calls import BlockHelper, Helper, Invocation, Result
from grantwire.template.compile import Template, Tier, compile_template
from grantwire.template.errors import Problem, RenderError, Severity, TemplateError, format_problem, format_problems
from grantwire.template.helpers import EXAMPLES, HELPERS, Example
from grantwire.template.limits import LIMITS, Limits
from grantwire.template.parser import parse
from grantwire.template.tree import Kind, Mode, Place, Position
from grantwire.template.values import SafeText

__all__ = [
    "EXAMPLES",
    "HELPERS",
    "LIMITS",
    "BlockHelper",
    "Example",
    "Helper",
    "Invocation",
    "Kind",
    "Limits",
    "Mode",
    "Place",
    "Position",
    "Problem",
    "RenderError",
    "Result",
    "SafeText",
    "Severity",
    "Template",
    "TemplateError",
    "Tier",
    "compile_template",
    "format_problem",
    "format_problems",
    "parse",
]
