"""What knows how a target is told who we are.

In: credentials and secrets. Out: headers, or why there are none. Never: a secret in a log or a message.
"""

from dataclasses import dataclass
from typing import Protocol

from grantwire.domain.credential import Credential
from grantwire.domain.exchange import NotSent
from grantwire.domain.secret import Secret


@dataclass(frozen=True, slots=True)
class Authorisation:
    """Headers to add to a request; all of them secret."""

    headers: tuple[tuple[str, str], ...]
    can_refresh: bool = False


class Credentials(Protocol):
    async def authorise(self, credential: Credential) -> Authorisation | NotSent:
        """A fresh enough token, from the cache where there is one. One fetch at a time however many ask."""

    def resolve(self, secret: Secret) -> str | NotSent:
        """The text of a secret, its `${env:…}` and `${file:…}` references looked up; for secret header rows."""

    async def renew(self, credential: Credential, *, refused: Authorisation) -> Authorisation | NotSent:
        """After a 401: fetches anew unless another trip already did; the same token again is still an answer."""

    def for_a_person(self) -> "Credentials":
        """The same ones, for somebody who tries out whether it works now, and may have mended what was refused: a
        refusal of before is no answer, so the token endpoint is asked anew, at most once every couple of seconds for
        each credential. A refusal that a person meets does not lengthen the wait of the deliveries; a token that a
        person gets ends it."""
