"""Overview: is everything well?

In: nothing. Out: one sentence that answers it, and what stands behind it. Never: a change.
"""

from dataclasses import dataclass

from litestar import get

from grantwire.edges.web.charts import chart_of, totals_of
from grantwire.edges.web.given import Asked, FlowsGiven, Page, VisitGiven
from grantwire.edges.web.kept import facts_of
from grantwire.edges.web.page import page
from grantwire.edges.web.words import age, many
from grantwire.flow.health import Health

SPAN = "24h"


@dataclass(frozen=True, slots=True)
class Sentence:
    """`tone` is green, yellow or red."""

    tone: str
    words: str
    more: str = ""


@get("/")
async def show_overview(request: Asked, flows: FlowsGiven, visit: VisitGiven) -> Page:
    health = await flows.health.ask()
    now = flows.clock.now()
    chart = chart_of(totals_of(health.hours, span=SPAN, now=now), now=now)
    return page(
        request,
        visit,
        "overview/page.html",
        health=health,
        chart=chart,
        sentence=sentence_of(health, delivered=chart.delivered, count=chart.count),
        headlines=await flows.look.headlines(one.event_id for one in health.failures),
        kept=facts_of(await flows.retain.kept()),
        here=str(request.base_url).rstrip("/"),
    )


def sentence_of(health: Health, *, delivered: int, count: int) -> Sentence:
    """The worst first."""
    if health.failing:
        failing = [one.webhook.name for one in health.failing]
        words = f"{failing[0]} is failing." if len(failing) == 1 else f"{len(failing)} webhooks are failing."
        return Sentence("red", words, "What it could not deliver is kept and tried again.")
    if health.is_late:
        late = age(health.backlog.oldest_past_due_seconds)
        return Sentence(
            "yellow", f"Deliveries are late: the oldest by {late}.", "More come than targets and limits let go."
        )
    if over := [one for one in health.ends if one.is_over]:
        words = f"The {over[0].what} of {over[0].webhook.name} has ended."
        return Sentence("red", words, "Put a new one into the webhook.")
    if health.paused:
        paused = [one.name for one in health.paused]
        words = f"{paused[0]} is paused." if len(paused) == 1 else f"{len(paused)} webhooks are paused."
        return Sentence("yellow", words, "Everything else is delivered; what is held goes out when it is resumed.")
    if health.lines_held:
        waiting = many(health.lines_held, "access request")
        words = f"{waiting} {'waits' if health.lines_held == 1 else 'wait'} behind a delivery that was given up."
        return Sentence("yellow", words, "Replay it or skip it, and the others go on.")
    if not count:
        return Sentence("green", "All is well.", "Nothing was to be delivered in the last 24 hours.")
    more = f"{delivered:,} of {many(count, 'invocation')} in the last 24 hours delivered."
    return Sentence("green", "All is well.", more)


def routes() -> list[object]:
    return [show_overview]
