"""`/oauth_token.do` and `/oauth_revoke_token.do`: the five grants, and one refusal that hides every cause.

In: a Call with a form body. Out: the token answer of ServiceNow, or 401 `server_error/access_denied`.
Must never: tell a client which of its credentials was wrong; a real instance does not either.
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from grantwire.sandbox.access.accounts import Accounts, basic_pair, equal
from grantwire.sandbox.access.jwt_assertion import Assertions
from grantwire.sandbox.access.oauth_codes import AuthorizationCodes
from grantwire.sandbox.access.tokens import Grant, Tokens
from grantwire.sandbox.exchange import Answer, Call, Caller, answered
from grantwire.sandbox.options import SandboxOptions
from grantwire.sandbox.properties import Properties

SCOPE = "useraccount"  # what a broadly scoped application gets
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
Form = Mapping[str, str]


def access_denied() -> Answer:
    return answered({"error_description": "access_denied", "error": "server_error"}, status=401)


class OAuth:
    def __init__(  # noqa: PLR0917 - one part for each grant
        self,
        options: SandboxOptions,
        accounts: Accounts,
        tokens: Tokens,
        codes: AuthorizationCodes,
        assertions: Assertions,
        properties: Properties,
    ) -> None:
        self._options = options
        self._accounts = accounts
        self._tokens = tokens
        self._codes = codes
        self._assertions = assertions
        self._properties = properties

    def token(self, call: Call) -> Answer:
        form = form_of(call)
        if call.method != "POST" or form is None:
            return access_denied()  # a JSON body is not accepted; the documentation does not say how it is refused
        grant = self._granted(form, self._is_client(call, form))
        return answered(self._tokens.issue(grant)) if grant else access_denied()

    def revoke(self, call: Call) -> Answer:
        """Needs no authentication (official)."""
        self._tokens.revoke(call.query.get("token") or (form_of(call) or {}).get("token", ""))
        return Answer(200)

    def _is_client(self, call: Call, form: Form) -> bool:
        """Client id and secret in the body or as Basic."""
        scheme, _, credential = call.headers.get("Authorization", "").partition(" ")
        pair = basic_pair(credential) if scheme.lower() == "basic" else None
        client_id, secret = pair or (form.get("client_id", ""), form.get("client_secret", ""))
        options = self._options
        return equal(client_id, options.client_id) and equal(secret, options.client_secret)

    def _granted(self, form: Form, is_client: bool) -> Grant | None:  # noqa: FBT001 - a claim about the request, not a switch
        kind = form.get("grant_type", "")
        if kind == "authorization_code":
            return self._by_code(form, is_client)
        if not is_client:
            return None
        match kind:
            case "password":
                user = self._accounts.with_password(form.get("username", ""), form.get("password", ""))
                return self._grant(user, form, is_refreshable=True)
            case "refresh_token":
                return self._tokens.refreshed(form.get("refresh_token", ""), self._options.client_id)
            case "client_credentials" if self._properties.allow_client_credentials:
                return self._grant(self._accounts.by_name(self._options.user), form, is_refreshable=False)
            case _ if kind == JWT_BEARER:
                subject = self._assertions.subject(form.get("assertion", ""), self._options.client_id)
                return self._grant(self._accounts.by_name(subject), form, is_refreshable=False)
            case _:
                return None

    def _by_code(self, form: Form, is_client: bool) -> Grant | None:  # noqa: FBT001 - as above
        """A public client shows no secret; its PKCE verifier stands for it."""
        code = self._codes.redeem(form.get("code", ""), form.get("redirect_uri", ""), form.get("code_verifier", ""))
        if code is None or not (is_client or code.is_proven):
            return None
        return self._grant(self._accounts.by_id(code.user), form, is_refreshable=True)

    def _grant(self, user: Caller | None, form: Form, *, is_refreshable: bool) -> Grant | None:
        if user is None or form.get("scope", SCOPE) not in {"", SCOPE}:
            return None
        return Grant(self._options.client_id, user.sys_id, SCOPE, is_refreshable)


def form_of(call: Call) -> Form | None:
    if not call.headers.get("Content-Type", "").lower().startswith("application/x-www-form-urlencoded"):
        return None
    try:
        pairs = parse_qsl(call.body.decode(), keep_blank_values=True, max_num_fields=100)
    except ValueError:
        return None
    return dict(pairs)
