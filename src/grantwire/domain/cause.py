"""Cause: why an invocation failed, as far as its outcome tells.

In: nothing; `steps/advise` chooses. Out: a word that is an anchor on the page of all tips. Never: what to
do about it (see `tips`).
"""

from enum import StrEnum


class Cause(StrEnum):
    """Why an invocation failed; the words are anchors on the page of all tips."""

    TEMPLATE = "template"
    SECRET_MISSING = "secret-missing"  # noqa: S105 - an anchor
    TOKEN_ENDPOINT = "token-endpoint"  # noqa: S105 - an anchor
    ADDRESS = "address-not-allowed"
    DNS = "name-not-found"
    CONNECT = "no-connection"
    TLS = "certificate"
    CLIENT_CERTIFICATE = "client-certificate"
    PROXY = "egress-proxy"
    RESET = "connection-broke"
    TIMEOUT = "no-answer-in-time"
    NO_HTTP = "not-http"
    CUT = "answer-broke-off"
    SLOW_BODY = "answer-too-slow"
    ASLEEP = "instance-asleep"
    LOGIN_PAGE = "web-page-instead-of-data"
    REDIRECT = "redirect"
    NOT_PROCESSED = "not-processed-202"
    RATE_LIMIT = "rate-limit"
    BUSY = "too-many-at-once"
    CREDENTIAL = "credential-refused"
    UNSCOPED = "application-too-narrow"
    SCOPE = "scope-missing"
    ACL = "no-right-to-table"
    API_ACL = "no-right-to-api"
    QUERY = "no-right-to-query"
    DATA_POLICY = "data-policy"
    BUSINESS_RULE = "business-rule"
    UNIQUE_KEY = "unique-key"
    ADDRESS_LIST = "our-address-refused"
    FORBIDDEN = "forbidden"
    SCRIPT_ERROR = "script-error"
    CANCELLED = "transaction-cancelled"
    MAINTENANCE = "maintenance"
    GATEWAY = "bad-gateway"
    SERVER_ERROR = "server-error"
    REQUEST_TIMEOUT = "request-timeout-408"
    TOO_LARGE = "body-too-large"
    BAD_BODY = "body-not-understood"
    NOT_FOUND = "nothing-there"
    GONE = "gone"
    METHOD = "method-not-taken"
    MEDIA_TYPE = "content-type-not-taken"
    DUPLICATE = "conflict"
    BROKEN_JSON = "broken-json"
    ERROR_INSIDE = "error-inside-success"
    NO_RECORD = "no-record"
    VALIDATOR = "validator"
    MAY_EXIST = "may-exist-all-the-same"
    OTHER = "other"
