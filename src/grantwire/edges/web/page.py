"""Page: a template and its facts become an answer.

In: the name of a template, the visit, facts. Out: HTML. Never: a value that is not escaped, or a name that is not there
(both are the template engine's, told once here).
"""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response
from litestar.datastructures import Cookie
from markupsafe import Markup

from grantwire.edges.web.built import load_built
from grantwire.edges.web.entrance import cookie
from grantwire.edges.web.flash import FLASH_COOKIE, Flash, flash_cookie, flash_in
from grantwire.edges.web.visit import VISIT_COOKIE, Visit
from grantwire.edges.web.words import FILTERS

TEMPLATES = Path(__file__).parent / "templates"
HTML = "text/html"


def page(
    request: Request[Any, Any, Any],
    visit: Visit,
    template: str,
    *,
    status_code: int = 200,
    flash: Flash | None = None,
    **facts: object,
) -> Response[bytes]:
    """`flash` is shown on this page; one from the page before is shown otherwise, and then forgotten."""
    shown = flash or flash_in(request, visit)
    body = render(template, visit=visit, flash=shown, **facts)
    answer = Response(body, status_code=status_code, media_type=HTML)
    if FLASH_COOKIE in request.cookies:
        answer.set_cookie(cookie(visit, FLASH_COOKIE, "", max_age=0))
    if visit.person is None and VISIT_COOKIE not in request.cookies:
        answer.set_cookie(cookie(visit, VISIT_COOKIE, visit.token))
    return answer


def go_to(
    visit: Visit, place: str, *, flash: Flash | None = None, cookies: tuple[Cookie, ...] = (), status_code: int = 303
) -> Response[bytes]:
    """To another page, after something was done; `flash` says what. With 307 the browser sends the same form there."""
    header = "HX-Redirect" if visit.is_fragment else "Location"
    answer = Response(b"", status_code=204 if visit.is_fragment else status_code, headers={header: place})
    for one in cookies if flash is None else (*cookies, flash_cookie(visit, flash)):
        answer.set_cookie(one)
    return answer


def render(template: str, **facts: object) -> bytes:
    return environment().get_template(template).render(**facts).encode()


@cache
def environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= FILTERS
    made.globals |= {"asset": load_built().address, "icon": icon}
    return made


def icon(name: str, *, size: int = 20) -> Markup:
    """A picture beside a word, so it says nothing to a screen reader."""
    inside = Markup(load_built().icons[name])  # noqa: S704 - made at build time from our own list
    return Markup(
        '<svg class="icon" width="{0}" height="{0}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
        ' stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{1}</svg>'
    ).format(size, inside)
