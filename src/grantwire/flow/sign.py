"""Sign: the keys of a webhook are looked up and put to use.

In: a webhook and what it is about to send. Out: the signed request, or why it cannot be signed; public and fresh keys.
Never: an unsigned request of a webhook that signs.
"""

from grantwire.domain.exchange import NotSent, Request
from grantwire.domain.secret import Secret
from grantwire.domain.signing import (
    FRESH_BYTES,
    KeyBytes,
    Scheme,
    SigningKey,
    fresh_secret,
    key_bytes,
    public_text,
    signing_at,
)
from grantwire.domain.webhook import Webhook
from grantwire.ports import Clock, Credentials, Dice, Ed25519
from grantwire.steps.sign import sign


class Sign:
    def __init__(self, *, credentials: Credentials, ed25519: Ed25519, clock: Clock, dice: Dice) -> None:
        self._credentials = credentials
        self._ed25519 = ed25519
        self._clock = clock
        self._dice = dice

    def signed(self, webhook: Webhook, request: Request, *, message_id: str) -> Request | NotSent:
        """Every key that has not ended signs, so that a receiver can change over at leisure."""
        now = self._clock.now()
        keys: list[KeyBytes] = []
        for key in signing_at(webhook.signing, now):
            found = self._bytes_of(key)
            if isinstance(found, NotSent):
                return found
            keys.append(found)
        if not keys:
            return _cannot("Every signing key of the webhook has ended. Give it a key, then resume the webhook.")
        return sign(request, message_id=message_id, at=now, keys=keys, ed25519=self._ed25519.sign)

    def public_key(self, secret: Secret) -> str | None:
        """`whpk_…`; None for a shared key, and for what is no key or cannot be looked up."""
        found = self._bytes_of(SigningKey(secret))
        if isinstance(found, NotSent) or found.scheme is not Scheme.ED25519:
            return None
        return public_text(self._ed25519.public_key(found.octets))

    def fresh(self, scheme: Scheme) -> Secret:
        return fresh_secret(scheme, self._dice.octets(FRESH_BYTES))

    def _bytes_of(self, key: SigningKey) -> KeyBytes | NotSent:
        text = self._credentials.resolve(key.secret)
        if isinstance(text, NotSent):
            return text
        try:
            return key_bytes(text)
        except ValueError as error:
            where = key.secret.reveal() if key.secret.is_reference else "a signing key"
            return _cannot(f"What {where} holds {error}. Mend it, then resume the webhook.")


def _cannot(why: str) -> NotSent:
    return NotSent(why, "", pauses_webhook=True)
