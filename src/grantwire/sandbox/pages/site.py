"""The pages for people: incidents, faults with switches, recent requests. No script, nothing external.

In: a Call from a browser. Out: HTML, the style sheet, or a redirect after a form; None for what is not a page.
Must never: show text unescaped, or a credential that a request carried.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote

from grantwire.sandbox.exchange import HTML, Answer, Call, Headers
from grantwire.sandbox.faults.definition import from_form, read
from grantwire.sandbox.faults.modes import MODES, On
from grantwire.sandbox.faults.switched import Faults, Switched
from grantwire.sandbox.instance import Instance
from grantwire.sandbox.pages.filling import Markup, markup, plain_file
from grantwire.sandbox.pages.incidents import IncidentPages
from grantwire.sandbox.pages.pretty import pretty
from grantwire.sandbox.wire.request_log import Entry, RequestLog

RECENT_REQUESTS = 100
SHOWN_BODY_BYTES = 20_000
POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
SAFE: Headers = (
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)
FORM_FIELDS = ("probability", "count", "delay_seconds", "method", "path", "body")


class Pages:
    def __init__(self, instance: Instance, faults: Faults, log: RequestLog) -> None:
        self._incidents = IncidentPages(instance)
        self._faults = faults
        self._log = log

    def answer(self, call: Call) -> Answer | None:
        parts = call.path.strip("/").split("/")
        if call.method in {"GET", "HEAD"}:
            return self._looked_at(call, parts)
        if call.method == "POST" and parts[:3] == ["sandbox", "page", "faults"]:
            return self._switched(call, parts[3:])
        return None

    def _looked_at(self, call: Call, parts: list[str]) -> Answer | None:
        match parts:
            case [""] | ["sandbox"]:
                return self._page("Incidents", self._incidents.listed(call.query))
            case ["sandbox", "style.css"]:
                return Answer(200, plain_file("style.css").encode(), "text/css;charset=UTF-8", SAFE)
            case ["sandbox", "page", "incidents", sys_id]:
                return self._incident(sys_id)
            case ["nav_to.do"]:  # how links from elsewhere open a record of a real instance
                return _record(call)
            case ["sandbox", "page", "faults"]:
                return self._page("Faults", self._fault_list({}, []))
            case ["sandbox", "page", "requests"]:
                return self._page("Requests", self._requests())
            case _:
                return None

    def _switched(self, call: Call, rest: list[str]) -> Answer | None:
        match rest:
            case []:
                return self._add_fault(dict(parse_qsl(call.body.decode(errors="replace"))))
            case ["clear"]:
                self._faults.clear()
            case [identity, "remove"]:
                self._faults.remove(identity)
            case _:
                return None
        return see_other("/sandbox/page/faults")

    def _page(self, title: str, content: Markup, *, status: int = 200) -> Answer:
        active = sum(not each.is_spent for each in self._faults.listed())
        marks = {
            f"at_{name.lower()}": Markup(' aria-current="page"') if name == title else Markup("")
            for name in ("Incidents", "Faults", "Requests")
        }
        active_faults = f"{active} active" if active else ""
        text = markup("layout", title=title, content=content, active_faults=active_faults, **marks)
        return Answer(status, text.encode(), HTML, SAFE)

    def _incident(self, sys_id: str) -> Answer:
        found = self._incidents.one(sys_id)
        return self._page(*found) if found else self._page("No such incident", markup("not_found"), status=404)

    def _fault_list(self, form: Mapping[str, str], problems: list[str]) -> Markup:
        rows = Markup("".join(fault_row(each) for each in self._faults.listed()))
        modes = Markup(
            "".join(option(each.name, f"{each.name} - {each.summary}", form.get("mode", "")) for each in MODES.values())
        )
        places = Markup("".join(option(each.value, each.value, form.get("on", "")) for each in On))
        kept = {
            name: form.get(name, "") for name in ("probability", "count", "delay_seconds", "method", "path", "body")
        }
        return markup(
            "faults",
            rows=rows or markup("no_faults"),
            modes=Markup("".join(modes)),
            places=places,
            problems=Markup("".join(markup("problem", text=each) for each in problems)),
            **kept,
        )

    def _add_fault(self, form: Mapping[str, str]) -> Answer:
        faults, problems = read(from_form(form))
        if problems:
            said = [f"{each.path}: {each.problem}" for each in problems]
            return self._page("Faults", self._fault_list(form, said), status=400)
        for fault in faults:
            self._faults.add(fault)
        return see_other("/sandbox/page/faults")

    def _requests(self) -> Markup:
        entries = self._log.newest(RECENT_REQUESTS)
        if not entries:
            return markup("no_requests")
        counters = self._log.counters()
        return markup(
            "requests",
            counted=f"{counters['arrived']} arrived",
            rows=Markup("".join(request_row(each) for each in entries)),
        )


def see_other(path: str) -> Answer:
    return Answer(303, headers=(("Location", path), *SAFE))


def option(value: str, text: str, chosen: str) -> Markup:
    return markup("option", value=value, text=text, chosen=Markup(" selected") if value == chosen else "")


def _record(call: Call) -> Answer | None:
    """`nav_to.do?uri=incident.do?sys_id=…` shows that record; anything else is not known here."""
    table, _, query = call.query.get("uri", "").lstrip("/").partition(".do?")
    sys_id = dict(parse_qsl(query)).get("sys_id", "")
    return see_other(f"/sandbox/page/incidents/{quote(sys_id, safe='')}") if table == "incident" and sys_id else None


def fault_row(switched: Switched) -> Markup:
    fault, match = switched.fault, switched.fault.match
    parts = [*match.methods, match.path, *(f"{name}: {text}" for name, text in match.headers), match.body]
    return markup(
        "fault_row",
        id=switched.id,
        quoted_id=quote(switched.id),
        mode=fault.mode.name,
        summary=fault.mode.summary,
        on=fault.on.value,
        match=" ".join(part for part in parts if part),
        chance=f"{fault.probability:.0%}",
        struck=f"{switched.struck} of {fault.count}" if fault.count else str(switched.struck),
        state="spent" if switched.is_spent else "active",
    )


def request_row(entry: Entry) -> Markup:
    call = entry.call
    return markup(
        "request_row",
        at=datetime.fromtimestamp(entry.at, UTC).strftime("%H:%M:%S.%f")[:-3],
        method=call.method,
        path=call.path + (f"?{call.query_text}" if call.query_text and call.path != "/oauth_revoke_token.do" else ""),
        status=str(entry.status or "-"),
        outcome=entry.outcome,
        faults=", ".join(entry.faults),
        body=pretty(call.body[:SHOWN_BODY_BYTES].decode(errors="replace")) if call.path.startswith("/api/") else "",
        size=f"{len(call.body)} bytes",
    )
