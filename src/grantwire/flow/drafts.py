"""Drafts: what somebody typed is kept beyond the end of their session.

In: a person, fields of a form. Out: sealed text that the browser itself carries until they have signed in again, and
the fields back. Never: anything on record, a secret in the clear, or what one person typed shown to another.

A form holds a slip, which says whose form it is; without one nothing is kept, so no other site can put words into
somebody's form.
"""

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from grantwire.domain.errors import Broken
from grantwire.domain.person import PersonId
from grantwire.ports import Clock, Sealer

LASTS = timedelta(days=30)  # a form may stand open over the holidays
_SLIP, _DRAFT = "slip of a form", "draft of a form"

Fields = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Sealed:
    whose: PersonId
    made_at: datetime
    fields: Fields


class Drafts:
    def __init__(self, *, sealer: Sealer, clock: Clock) -> None:
        self._sealer = sealer
        self._clock = clock

    def slip(self, whose: PersonId) -> str:
        """For a form that this person is shown."""
        return self._seal(whose, {}, _SLIP)

    def whose(self, slip: str) -> PersonId | None:
        """Whom a form was shown to; None for a slip that is none of ours, or too old."""
        sealed = self._open(slip, _SLIP)
        return None if sealed is None else sealed.whose

    def keep(self, slip: str, fields: Fields) -> str:
        """Sealed, for the person of the slip; empty without a slip of ours."""
        whose = self.whose(slip)
        return "" if whose is None else self._seal(whose, fields, _DRAFT)

    def open(self, draft: str, whose: PersonId) -> Fields | None:
        """None unless this person typed it."""
        sealed = self._open(draft, _DRAFT)
        return sealed.fields if sealed is not None and sealed.whose == whose else None

    def _seal(self, whose: PersonId, fields: Fields, what: str) -> str:
        given = {name: list(values) for name, values in fields.items()}
        text = json.dumps([whose, self._clock.now().timestamp(), given])
        return self._sealer.seal(b64encode(zlib.compress(text.encode())).decode(), what)

    def _open(self, sealed: str, what: str) -> _Sealed | None:
        if not sealed:
            return None
        try:
            text = self._sealer.open(sealed, what)
        except Broken:  # not of ours, or of a key that is gone
            return None
        whose, made, fields = json.loads(zlib.decompress(b64decode(text)))
        made_at = datetime.fromtimestamp(made, self._clock.now().tzinfo)
        return _Sealed(whose, made_at, fields) if self._clock.now() - made_at < LASTS else None
