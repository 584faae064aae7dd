"""Tips: what to do when an invocation fails, one for each kind of failure.

In: nothing. Out: the table that the console, and the page of all tips in the docs, are made from.
Never: the choice of a tip for an attempt (that is `steps/advise`).

Sources: docs/explanation/servicenow.md, and what targets in general answer (RFC 9110).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from grantwire.domain.cause import Cause


@dataclass(frozen=True, slots=True)
class Tip:
    """`steps` are tried in order; text between backquotes is typed or read as it stands."""

    title: str
    steps: tuple[str, ...]


TIPS: Mapping[Cause, Tip] = {
    Cause.TEMPLATE: Tip(
        "The template gave no request",
        (
            "Look at the preview beside Body Template: it names the line and column.",
            (
                "A field may be missing in this event: `access_bundle` is null without a bundle, `approvals` is empty "
                "before anybody acted. Wrap it: `{{#if data.access_bundle}}…{{/if}}`, or give a default: `{{default x "
                "y}}`."
            ),
        ),
    ),
    Cause.SECRET_MISSING: Tip(
        "A secret could not be found",
        (
            (
                "The webhook points at an environment variable or a file (`${env:NAME}`, `${file:/path}`) that the "
                "server does not have."
            ),
            "Set it for the process that runs `grantwire serve`, and start it again for a variable.",
        ),
    ),
    Cause.TOKEN_ENDPOINT: Tip(
        "No token was given",
        (
            "Press Get token under Authentication Type: it asks the token endpoint alone and says what came back.",
            (
                "ServiceNow answers `server_error` / `access_denied` for six causes alike: a wrong client id or "
                "secret, a wrong user or password, an ended refresh token, a locked user, the property "
                "`glide.oauth.inbound.client.credential.grant_type.enabled` switched off, no OAuth Application User "
                "on the registry record. The instance's system log names the one."
            ),
            ("Copy client id and secret again from System OAuth > Application Registry; beware of spaces at the ends."),
            (
                "Some endpoints want the client id and secret as Basic instead of in the body: change Client "
                "authentication."
            ),
        ),
    ),
    Cause.ADDRESS: Tip(
        "The address may not be reached from here",
        (
            "Targets must be public, use HTTPS and name no port of their own.",
            (
                "If it is meant to be inside, an operator adds its origin to `GRANTWIRE_ALLOWED_ORIGINS` and starts "
                "the server again."
            ),
        ),
    ),
    Cause.DNS: Tip(
        "The host name was not found",
        (
            "Look for a typing mistake in the URL, and for a placeholder that was left in it.",
            "For ServiceNow the host is the instance name and `.service-now.com`, without the name of a page.",
            "If the name is right, ask who runs the network whether the server may resolve it.",
        ),
    ),
    Cause.CONNECT: Tip(
        "No connection",
        (
            "Is the target up? Open its address in a browser.",
            ("A firewall may stand between: the server needs to reach the target's host on its port (443 for HTTPS)."),
        ),
    ),
    Cause.TLS: Tip(
        "The certificate was not accepted",
        (
            "It must be valid today, for this host name, and come with its whole chain.",
            "An authority of your own, or a proxy that reads TLS, goes into `GRANTWIRE_EXTRA_CA_FILE`.",
        ),
    ),
    Cause.CLIENT_CERTIFICATE: Tip(
        "The client certificate was not accepted",
        (
            "It must be valid today, and issued by an authority that the target trusts; send its whole chain.",
            "Paste the new certificate and key into the webhook, or replace their files, then resume the webhook.",
        ),
    ),
    Cause.PROXY: Tip(
        "The egress proxy failed",
        (
            "The way out is at fault, not the target: no attempt is used up, and it is tried again by itself.",
            "`grantwire check` asks the proxy; who runs it sees in its log why it refuses.",
            (
                "Its address, user name and password stand in `GRANTWIRE_EGRESS_PROXY`, what goes past it in "
                "`GRANTWIRE_EGRESS_NO_PROXY`."
            ),
        ),
    ),
    Cause.RESET: Tip(
        "The connection broke",
        (
            (
                "A proxy or a load balancer on the way may have ended it; once in a while that is normal, and "
                "Grantwire tries again."
            ),
            "If it happens each time, ask who runs the target what its front end refuses.",
        ),
    ),
    Cause.TIMEOUT: Tip(
        "No answer in time",
        (
            "Raise Timeout in seconds if the target is known to be slow.",
            "On ServiceNow a business rule or a flow may run before the answer: look at its transaction log.",
        ),
    ),
    Cause.NO_HTTP: Tip(
        "What answered does not speak HTTP",
        ("Check the scheme (`https://` or `http://`) and the port in the URL.",),
    ),
    Cause.CUT: Tip(
        "The answer broke off",
        (
            "The status came, the rest did not. A proxy on the way may have ended it.",
            "Look in the target whether the record is there before you repeat a test.",
        ),
    ),
    Cause.SLOW_BODY: Tip(
        "The answer began and did not end in time",
        (
            "Raise Timeout in seconds.",
            (
                "Ask for less: on ServiceNow `?sysparm_fields=sys_id,number` at the end of the URL keeps the answer "
                "small."
            ),
        ),
    ),
    Cause.ASLEEP: Tip(
        "The developer instance is asleep",
        (
            "Sign in at developer.servicenow.com and wake it; that takes a minute or two.",
            "Grantwire tries again by itself; nothing is lost.",
        ),
    ),
    Cause.LOGIN_PAGE: Tip(
        "A web page came instead of data",
        (
            ("Open the instance in a browser: a sign-in page, a maintenance page or a single sign-on stands in front."),
            "The URL must be that of the API: `https://<instance>.service-now.com/api/now/table/incident`.",
        ),
    ),
    Cause.REDIRECT: Tip(
        "The target points elsewhere",
        (
            (
                "Redirects are not followed, for a credential must not go to another host. Put the final address into "
                "URL."
            ),
            "A redirect to a sign-in page means a wrong instance name, or a single sign-on in front of the API.",
        ),
    ),
    Cause.NOT_PROCESSED: Tip(
        "ServiceNow did not process the request (202)",
        (
            (
                "Too many requests of one session were under way. Grantwire keeps no session, so a proxy on the way "
                "may add cookies: take it out."
            ),
            "Lower Requests at once under Advanced; it is tried again by itself.",
        ),
    ),
    Cause.RATE_LIMIT: Tip(
        "A rate limit was met",
        (
            "Grantwire waits as long as the answer asks (`Retry-After`) and uses up no attempt for it.",
            "Set Requests per minute under Advanced below the limit; in ServiceNow it is a Rate Limit Rule.",
        ),
    ),
    Cause.BUSY: Tip(
        "The target has no room for another request",
        (
            (
                "ServiceNow serves four API requests at once on a node, with a queue behind: set Requests at once "
                "under Advanced to 4 or less."
            ),
            "It is tried again by itself.",
        ),
    ),
    Cause.CREDENTIAL: Tip(
        "The credential was not accepted",
        (
            (
                "Is it complete and current? A ServiceNow API token ends after 30 minutes: choose OAuth, which renews "
                "it."
            ),
            "Is the scheme word right: `Bearer`, `Basic`, or another that the target wants?",
            (
                "Is the user active, not locked, and allowed to use web services? Since the Australia release Basic "
                "needs the role `snc_basic_auth_api_access`."
            ),
        ),
    ),
    Cause.UNSCOPED: Tip(
        "The OAuth application may not use this API",
        (
            (
                "The application is registered as securely scoped. Register it as broadly scoped in System OAuth > "
                "Application Registry, so that its tokens have the scope `useraccount`."
            ),
            "Or set `glide.security.oauth_allow_unscoped_clients`.",
        ),
    ),
    Cause.SCOPE: Tip(
        "The token lacks an API scope",
        (
            "Add the REST API auth scope that covers the Table API to the OAuth application.",
            "Name it under Scopes, then press Get token.",
        ),
    ),
    Cause.ACL: Tip(
        "The user may not write to the table",
        (
            "Give the integration user the role `itil` or `sn_incident_write`.",
            "With the client credentials grant the OAuth Application User is the one that counts.",
            (
                "Impersonate the user in ServiceNow and create an incident by hand: what is refused there is refused "
                "here."
            ),
        ),
    ),
    Cause.API_ACL: Tip(
        "The user may not call this API",
        (
            (
                "An ACL of the type REST_Endpoint guards the Table API: the user needs its role "
                "(`snc_platform_rest_api_access` where the ACL is the usual one)."
            ),
            ("It can pass by itself when a session moved between nodes, so it is tried once more after ten minutes."),
        ),
    ),
    Cause.QUERY: Tip(
        "The user may not read a field of the query",
        ("Take the field out of the query in the URL, or give the user the right to read it.",),
    ),
    Cause.DATA_POLICY: Tip(
        "A data policy wants more fields",
        (
            "Put the fields that the answer names into Body Template.",
            "Or exempt imports and web services from the policy (Apply to SOAP).",
        ),
    ),
    Cause.BUSINESS_RULE: Tip(
        "A business rule refused the record",
        (
            "The answer names the rule: read its condition in ServiceNow and fill what it wants in Body Template.",
            "The record may exist all the same; look for it before you repeat.",
        ),
    ),
    Cause.UNIQUE_KEY: Tip(
        "There is a record with this key already",
        (
            "An earlier try may have made it: look for the record with the same `correlation_id`.",
            "A test repeats the ids of its sample: choose another event for it.",
        ),
    ),
    Cause.ADDRESS_LIST: Tip(
        "The instance does not take requests from our address",
        (
            "Add the public address of this server to System Security > IP Address Access Control.",
            "Behind a proxy it is the proxy's address.",
        ),
    ),
    Cause.FORBIDDEN: Tip(
        "The credential may not do this",
        ("It is known, and lacks a right. Give it, or choose another credential.",),
    ),
    Cause.SCRIPT_ERROR: Tip(
        "A script of the instance failed",
        (
            (
                "A business rule or a flow on the table threw an error: System Logs > Errors has it at the time of "
                "this invocation."
            ),
            "The record may exist all the same; look for it before you repeat.",
        ),
    ),
    Cause.CANCELLED: Tip(
        "The instance ended the transaction: it took too long",
        (
            "A transaction quota rule was met. See which rule or flow on the table is slow.",
            "The record may exist all the same; look for it before you repeat.",
        ),
    ),
    Cause.MAINTENANCE: Tip(
        "The target is down for a while (503)",
        ("Nothing to do: it is tried again by itself. See the status page of the target if it lasts.",),
    ),
    Cause.GATEWAY: Tip(
        "The front end of the target got no good answer (502, 504)",
        (
            "Mostly it passes: it is tried again by itself.",
            "If it lasts, the service behind is down: ask who runs it.",
        ),
    ),
    Cause.SERVER_ERROR: Tip(
        "The target failed",
        (
            "The fault is the target's: its own log says more, at the time of this invocation.",
            "A body it does not expect can be the reason: compare with its documentation.",
        ),
    ),
    Cause.REQUEST_TIMEOUT: Tip(
        "The target waited too long for the request (408)",
        ("The way there is slow or broken: a proxy, a network. It is tried again by itself.",),
    ),
    Cause.TOO_LARGE: Tip(
        "The body is too large",
        (
            ("Shorten it: name the fields you need instead of `{{ data }}`, and cut long ones: `{{truncate x 1000}}`."),
            "ServiceNow takes 10 MB (`glide.rest.max_content_length`).",
        ),
    ),
    Cause.BAD_BODY: Tip(
        "The target does not understand the body",
        (
            "Compare the body as sent with what the target documents: names of fields, required ones, types.",
            "Check the table at the end of the URL.",
        ),
    ),
    Cause.NOT_FOUND: Tip(
        "Nothing is at this address",
        (
            "Check the path of the URL, the region and the instance.",
            "For a change of a record: it may be gone, or the user may not see it.",
        ),
    ),
    Cause.GONE: Tip(
        "The address is gone for good (410)",
        ("Ask who runs the target for the new one.",),
    ),
    Cause.METHOD: Tip(
        "The target does not take this method",
        (("Choose another Method: POST creates, PUT and PATCH change. The header `Allow` of the answer lists them."),),
    ),
    Cause.MEDIA_TYPE: Tip(
        "The target does not take this content type",
        (
            (
                "Set Content type to what it wants; most take `application/json`. Look for an `Accept` header of your "
                "own, too."
            ),
        ),
    ),
    Cause.DUPLICATE: Tip(
        "It conflicts with what is there (409)",
        ("A record with this key exists, or it changed meanwhile. A test repeats the ids of its sample.",),
    ),
    Cause.BROKEN_JSON: Tip(
        "The answer is no JSON that can be read",
        (
            "Whether the record exists is unknown: look for it before you repeat.",
            "A proxy that changes answers, or a quota that cut one short, can be the reason.",
        ),
    ),
    Cause.ERROR_INSIDE: Tip(
        "A success with an error inside",
        (
            "A quota ended the work while the answer was under way. The record may exist: look for it.",
            "Ask for less with `?sysparm_fields=sys_id,number` at the end of the URL.",
        ),
    ),
    Cause.NO_RECORD: Tip(
        "The answer shows no record",
        ("Check that the URL ends in `/api/now/table/` and the name of a table.",),
    ),
    Cause.VALIDATOR: Tip(
        "A response validator did not find what it expects",
        (
            "Compare what was found with Expected Values; they count as text, capitals included.",
            "A Json Path starts at the root of the answer: `$.result.number`.",
        ),
    ),
    Cause.MAY_EXIST: Tip(
        "The record may exist all the same",
        (
            "The request reached the target, or may have. Look for the record before you repeat a test.",
            "Let the webhook ask before it repeats (`reconcile`; in the form: Ask before repeating). Our presets do.",
        ),
    ),
    Cause.OTHER: Tip(
        "The target refused the request",
        ("View Invocation Data shows what was sent and what came back, word for word.",),
    ),
}
