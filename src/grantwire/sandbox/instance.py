"""The instance itself: puts the parts together and routes a Call to the one that answers it.

In: a Call. Out: a Reply (the Answer, and whether the caller was known). Must never: touch a socket or wait.
"""

import random
from dataclasses import dataclass, replace

from grantwire.sandbox.access.accounts import Accounts
from grantwire.sandbox.access.jwt_assertion import Assertions
from grantwire.sandbox.access.oauth import OAuth, form_of
from grantwire.sandbox.access.oauth_codes import AuthorizationCodes
from grantwire.sandbox.access.tokens import Tokens
from grantwire.sandbox.apis.attachments import AttachmentApi
from grantwire.sandbox.apis.batch import batch
from grantwire.sandbox.apis.imports import ImportApi
from grantwire.sandbox.apis.others import OtherApis
from grantwire.sandbox.apis.stats import StatsApi
from grantwire.sandbox.apis.table import Resource, TableApi
from grantwire.sandbox.apis.xml_form import as_xml
from grantwire.sandbox.clock import SandboxClock
from grantwire.sandbox.exchange import HTML, Answer, Call, Caller, Failure
from grantwire.sandbox.options import SandboxOptions
from grantwire.sandbox.properties import Counters, Properties
from grantwire.sandbox.records.display import Display
from grantwire.sandbox.records.records import Records
from grantwire.sandbox.records.storage import Storage
from grantwire.sandbox.schema.dictionary import Dictionary
from grantwire.sandbox.schema.fresh_data import fill
from grantwire.sandbox.schema.plain_columns import ALL_TABLES

OVERRIDES = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"})


@dataclass(frozen=True, slots=True)
class Reply:
    answer: Answer
    is_known: bool


class Instance:
    def __init__(self, options: SandboxOptions) -> None:
        self.options = options
        self.clock = SandboxClock()
        self.chance = random.Random(options.seed)
        self.properties = Properties()
        self.counters = Counters()
        self.storage = Storage()
        self.dictionary = Dictionary(ALL_TABLES)
        self.tokens = Tokens(self.clock, self.properties, self.new_text)
        self.codes = AuthorizationCodes(options, self.clock, self.new_text)
        self.assertions = Assertions(self.clock)
        self.accounts = Accounts(options, self.storage, self.tokens, self.properties)
        self.records = Records(self.dictionary, self.storage, self.clock, self.properties, self.counters, self.new_id)
        self.display = Display(self.dictionary, self.storage, self.records.journal, self.properties)
        self.tables = TableApi(self.dictionary, self.storage, self.records, self.display, self.properties, self.clock)
        self.stats = StatsApi(self.dictionary, self.storage, self.tables, self.display)
        self.attachments = AttachmentApi(self.storage, self.records, self.display, self.tables)
        self.others = OtherApis(self.storage, self.records, self.tables, self.properties)
        self.imports = ImportApi(
            self.dictionary, self.storage, self.records, self.properties, self.counters, self.clock, self.new_id
        )
        self.oauth = OAuth(options, self.accounts, self.tokens, self.codes, self.assertions, self.properties)
        self.reset()

    def new_id(self) -> str:
        return f"{self.chance.getrandbits(128):032x}"

    def new_text(self) -> str:
        """A token: opaque, about as long as a real one."""
        return f"{self.chance.getrandbits(512):0128x}"[:86]

    def reset(self) -> None:
        """A fresh instance again, with the options it was started with."""
        self.properties.restore(self.options.token_lifetime_seconds)
        self.counters.last.clear()
        self.clock.set_back_to_real_time()
        self.dictionary.forget_additions()
        self.tokens.revoke_all()
        self.codes.clear()
        self.assertions.clear()
        self.imports.clear()
        self.storage.clear()
        fill(self.storage, self.options, self.clock.text(), self.new_id)

    def reply(self, call: Call) -> Reply:
        """Answers one request; every Failure becomes its envelope here."""
        override = call.headers.get("X-HTTP-Method-Override", "").upper()
        if override in OVERRIDES and call.method == "POST":
            call = replace(call, method=override)
        known = False
        try:
            if not call.path.startswith("/api/"):
                return Reply(self._outside_the_api(call), is_known=False)
            refuse_other_formats(call)
            caller = self.accounts.caller(call)
            known = True
            answer = self._api(call, caller)
        except Failure as failure:
            answer = failure.answer()
        return Reply(in_format(call, answer), is_known=known)

    def _outside_the_api(self, call: Call) -> Answer:
        match call.path:
            case "/oauth_token.do":
                return self.oauth.token(call)
            case "/oauth_revoke_token.do":
                return self.oauth.revoke(call)
            case "/oauth_auth.do":
                return self.codes.authorize(call, form_of(call) or {}, self.accounts)
            case _:
                return Answer(404, b"<html><head><title>Page not found</title></head><body></body></html>", HTML)

    def _api(self, call: Call, caller: Caller) -> Answer:
        match segments(call.path):
            case ["api", "now", version, "table", name, *rest] if len(rest) < 2:
                return self.tables.answer(call, caller, Resource(name, rest[0] if rest else None, version))
            case ["api", "now", _, *rest]:
                return self._now(call, caller, rest)
            case ["api", "global", "em", "jsonv2"] if call.method == "POST":
                return self.others.take_events(call, caller)
            case ["api", "sn_sc", *_, "servicecatalog", "items", item, "order_now"] if call.method == "POST":
                return self.others.order_now(call, caller, item)
            case _:
                raise no_such_resource()

    def _now(self, call: Call, caller: Caller, rest: list[str]) -> Answer:
        """Below `/api/now`, besides the Table API."""
        match call.method, rest:
            case "GET", ["stats", name]:
                return self.stats.answer(call, caller, name)
            case _, ["attachment", *below]:
                return self.attachments.answer(call, caller, below)
            case "POST", ["batch"]:
                return batch(call, self.properties, lambda inner: self.reply(inner).answer)
            case "POST", ["import", staging]:
                return self.imports.insert(call, caller, staging)
            case "POST", ["import", staging, "insertMultiple"]:
                return self.imports.insert_multiple(call, caller, staging)
            case "GET", ["import", _, sys_id]:
                return self.imports.result(sys_id)
            case "GET", ["on_call_rota", "whoisoncall"]:
                return self.others.who_is_on_call(call)
            case _:
                raise no_such_resource()


def segments(path: str) -> list[str]:
    """The path's parts; below `/api/now` the version comes third, `v2` when the path names none."""
    parts = [part for part in path.split("/") if part]
    if parts[:2] == ["api", "now"] and (len(parts) < 3 or parts[2] not in {"v1", "v2"}):
        parts.insert(2, "v2")
    return parts


def no_such_resource() -> Failure:
    return Failure(400, "Requested URI does not represent any resource")


def refuse_other_formats(call: Call) -> None:
    accepted = call.headers.get("Accept", "*/*").lower()
    if "/attachment/" not in call.path and not any(
        form in accepted for form in ("json", "xml", "*/*", "application/*")
    ):
        raise Failure(406, "Not Acceptable", f"Accept {accepted} is not supported")


def in_format(call: Call, answer: Answer) -> Answer:
    accepted = call.headers.get("Accept", "").lower()
    wants_xml = (
        ("application/xml" in accepted or "text/xml" in accepted) and "json" not in accepted and "html" not in accepted
    )
    if not wants_xml or not answer.body or "json" not in answer.content_type:
        return answer
    return replace(answer, body=as_xml(answer.body), content_type="application/xml;charset=UTF-8")
