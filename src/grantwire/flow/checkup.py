"""Checkup: is this installation healthy?

In: the store, the webhooks, the way out. Out: one finding per thing looked at, with the cure where it is not fine.
Never: a delivery, or a request that changes anything at a target.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from grantwire.domain.credential import OAuth2
from grantwire.domain.errors import NotNow, Refused
from grantwire.domain.exchange import Fault, NoResponse, NotSent, Request
from grantwire.domain.retention import Kind, Retention
from grantwire.domain.target import Method, Origin
from grantwire.domain.webhook import Timeouts, Webhook
from grantwire.ports import Clock, Credentials, Sender, Store

LATE_SWEEP = timedelta(days=2)  # a sweep of a very large store may take a day
AskProxy = Callable[[], Awaitable[tuple[str, str] | None]]  # the proxy, and what is wrong with it (empty: nothing)
TIMEOUTS = Timeouts(total=timedelta(seconds=10), connect=timedelta(seconds=5))


@dataclass(frozen=True, slots=True)
class Finding:
    """`cure` says what to do; empty when all is well."""

    subject: str
    text: str
    cure: str = ""

    @property
    def is_fine(self) -> bool:
        return not self.cure


class Checkup:
    def __init__(
        self,
        *,
        store: Store,
        sender: Sender,
        credentials: Credentials,
        clock: Clock,
        retention: Retention,
        ask_proxy: AskProxy | None = None,
    ) -> None:
        self._ask_proxy = ask_proxy
        self._store = store
        self._kept_for = retention
        self._sender = sender
        self._credentials = credentials
        self._clock = clock

    async def findings(self) -> Sequence[Finding]:
        try:
            await self._store.check()
            webhooks = await self._store.webhooks()
            keys = await self._store.api_key_names()
        except (NotNow, Refused) as reason:
            return [Finding("store", reason.title, "See that the disk has room and the folder can be written.")]
        found = [Finding("store", "can be read and written"), await self._backlog(), _keys(len(keys))]
        found += [await self._retention(), await self._file()]
        found += _switches(webhooks)
        found += await self._proxy()
        found += await asyncio.gather(*(self._target(webhook) for webhook in _by_origin(webhooks)))
        found += await asyncio.gather(*(self._token(webhook) for webhook in webhooks if _has_token(webhook)))
        return found

    async def _backlog(self) -> Finding:
        backlog = await self._store.backlog(now=self._clock.now())
        overdue = backlog.oldest_past_due_seconds
        waiting = sum(backlog.by_state.values())
        text = f"{waiting} deliveries have not ended, the oldest is overdue by {overdue:.0f} s"
        return Finding("backlog", text, "" if overdue < 60 else "See that `grantwire serve` runs.")

    async def _proxy(self) -> list[Finding]:
        asked = None if self._ask_proxy is None else await self._ask_proxy()
        if asked is None:
            return []
        shown, fault = asked
        cure = "See GRANTWIRE_EGRESS_PROXY, and that the proxy runs and lets this machine in."
        return [Finding(f"egress proxy {shown}", fault or "can be reached", cure if fault else "")]

    async def _retention(self) -> Finding:
        last = await self._store.last_sweep()
        text = f"{_kept(self._kept_for)}; " + (
            "nothing was swept yet" if last is None else f"last swept {last.ended_at:%F %T} UTC"
        )
        is_late = last is not None and self._clock.now() - last.ended_at > LATE_SWEEP
        return Finding("retention", text, "See that `grantwire serve` runs." if is_late else "")

    async def _file(self) -> Finding:
        return Finding("database file", (await self._store.file_size()).words)

    async def _target(self, webhook: Webhook) -> Finding:
        """Any answer at all will do; only the way there is looked at."""
        origin = Origin.of(webhook.target.url)
        request = Request(Method.GET, f"{origin}/", (("User-Agent", "Grantwire"),), b"", origin)
        reply = await self._sender.send(request, TIMEOUTS, webhook.credential, webhook.trust)
        match reply:
            case NoResponse(fault=Fault.ADDRESS, detail=detail):
                cure = f"If it is meant to be there, an operator adds {origin} to GRANTWIRE_ALLOWED_ORIGINS."
                return Finding(f"target {origin}", detail, cure)
            case NoResponse(detail=detail):
                cure = "See that its name resolves, that a firewall lets you out, and that its certificate is valid."
                return Finding(f"target {origin}", detail, cure)
            case NotSent(is_ours=True, why=why):
                return Finding(f"target {origin}", why, "Mend the egress proxy, or let this target go past it.")
            case NotSent(why=why):
                return Finding(f"target {origin}", why, "Mend what it says in the webhook or its credential.")
            case _:
                return Finding(f"target {origin}", f"answers (HTTP {reply.status})")

    async def _token(self, webhook: Webhook) -> Finding:
        subject = f"token of {webhook.name}"
        authorisation = await self._credentials.authorise(webhook.credential)
        if isinstance(authorisation, NotSent):
            cure = "See the client id, the secret and the grant in the webhook, and the target's application registry."
            return Finding(subject, authorisation.why, cure)
        return Finding(subject, "can be obtained")


def _kept(retention: Retention) -> str:
    days = {kind: retention.days(kind) for kind in reversed(Kind)}
    return "kept: " + ", ".join(f"{kind} {f'{count} days' if count else 'for ever'}" for kind, count in days.items())


def _keys(count: int) -> Finding:
    if count:
        return Finding("API keys", f"{count} on record")
    return Finding("API keys", "there is none", "`grantwire serve` makes one at its first start.")


def _switches(webhooks: Sequence[Webhook]) -> list[Finding]:
    return [
        Finding(
            f"webhook {webhook.name}",
            f"paused: {webhook.paused_why}" if webhook.paused_why else "active" if webhook.active else "inactive",
            f"Mend the cause, then `grantwire webhooks resume {webhook.name!r}`." if webhook.paused_why else "",
        )
        for webhook in webhooks
    ]


def _by_origin(webhooks: Sequence[Webhook]) -> list[Webhook]:
    """One webhook for each origin."""
    return list({Origin.of(webhook.target.url): webhook for webhook in webhooks}.values())


def _has_token(webhook: Webhook) -> bool:
    return isinstance(webhook.credential, OAuth2)


def overall(findings: Sequence[Finding]) -> bool:
    return all(finding.is_fine for finding in findings)
