"""Flash: a word that is shown once, on the next page.

In: what was done. Out: a cookie, signed with the browser's own token; and back. Never: text that we did not write.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec
from litestar import Request
from litestar.datastructures import Cookie

from grantwire.edges.web.entrance import cookie
from grantwire.edges.web.visit import Visit, signature

FLASH_COOKIE = "grantwire_flash"
_SECONDS = 60
_LONGEST = 1_000


class Tone(StrEnum):
    """How it went; the words are those of the style sheet."""

    SUCCESS = "success"
    WARNING = "warning"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Flash:
    text: str
    tone: Tone = Tone.SUCCESS


def flash_cookie(visit: Visit, flash: Flash) -> Cookie:
    short = Flash(flash.text[:_LONGEST], flash.tone)
    content = urlsafe_b64encode(msgspec.json.encode(short)).decode()
    return cookie(visit, FLASH_COOKIE, f"{signature(visit.token, content)}.{content}", max_age=_SECONDS)


def flash_in(request: Request[Any, Any, Any], visit: Visit) -> Flash | None:
    signed, _, content = request.cookies.get(FLASH_COOKIE, "").partition(".")
    if not content or not hmac.compare_digest(signed.encode(), signature(visit.token, content).encode()):
        return None
    try:
        return msgspec.json.decode(urlsafe_b64decode(content), type=Flash)
    except (msgspec.MsgspecError, ValueError):
        return None
