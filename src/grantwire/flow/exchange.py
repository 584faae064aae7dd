"""Exchange: a written request goes out with its credential, and once more when a token was refused.

In: a request without secrets, and the webhook it belongs to. Out: the request as sent, and the reply.
Never: an exception for what the network or the target does.
"""

from grantwire.domain.exchange import NotSent, Reply, Request, Response
from grantwire.domain.secret import Secret
from grantwire.domain.webhook import Webhook
from grantwire.flow.sign import Sign
from grantwire.ports import Authorisation, Credentials, Sender


class Exchange:
    def __init__(self, *, sender: Sender, credentials: Credentials, sign: Sign) -> None:
        self._sender = sender
        self._credentials = credentials
        self._sign = sign

    async def send(self, webhook: Webhook, written: Request, *, message_id: str) -> tuple[Request, Reply]:
        """`message_id` is the delivery's id: the same on every attempt, of our own making and so without a full stop,
        and another for each webhook and each replay, so that a receiver that drops repetitions drops nothing else."""
        credential = webhook.credential
        authorisation = await self._credentials.authorise(credential)
        request, reply = await self._send(webhook, written, authorisation, message_id)
        if isinstance(authorisation, Authorisation) and authorisation.can_refresh and _is_refused(reply):
            renewed = await self._credentials.renew(credential, refused=authorisation)
            request, reply = await self._send(webhook, written, renewed, message_id)
        return request, reply

    async def _send(
        self, webhook: Webhook, written: Request, authorisation: Authorisation | NotSent, message_id: str
    ) -> tuple[Request, Reply]:
        if isinstance(authorisation, NotSent):
            return written, authorisation
        secrets = self._secret_headers(webhook)
        if isinstance(secrets, NotSent):
            return written, secrets
        request = with_secrets(written, (*secrets, *authorisation.headers))
        if webhook.signing:
            signed = self._sign.signed(webhook, request, message_id=message_id)
            if isinstance(signed, NotSent):
                return request, signed
            request = signed
        return request, await self._sender.send(request, webhook.timeouts, webhook.credential, webhook.trust)

    def _secret_headers(self, webhook: Webhook) -> tuple[tuple[str, str], ...] | NotSent:
        resolved: list[tuple[str, str]] = []
        for header in webhook.target.headers:
            if isinstance(header.value, Secret):
                text = self._credentials.resolve(header.value)
                if isinstance(text, NotSent):
                    return text
                resolved.append((header.name, text))
        return tuple(resolved)


def with_secrets(request: Request, headers: tuple[tuple[str, str], ...]) -> Request:
    if not headers:
        return request
    return Request(
        request.method,
        request.url,
        (*request.headers, *headers),
        request.body,
        request.origin,
        request.secret_headers.union(name.lower() for name, _ in headers),
    )


def _is_refused(reply: Reply) -> bool:
    return isinstance(reply, Response) and reply.status == 401
