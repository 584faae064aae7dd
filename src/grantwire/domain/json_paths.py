"""JSONPath (RFC 9535): is a text one?

In: what a person wrote. Out: what is wrong with it, with its place. Never: a look at a document.
"""

from collections.abc import Iterator

from jsonpath_rfc9535 import JSONPathEnvironment
from jsonpath_rfc9535.exceptions import JSONPathError

from grantwire.domain.errors import Problem

LONGEST_JSON_PATH = 1024
_JSON_PATHS = JSONPathEnvironment()


def json_path_problems(source: str, path: str) -> Iterator[Problem]:
    if len(source) > LONGEST_JSON_PATH:
        yield Problem(path, f"is {len(source)} characters long, at most {LONGEST_JSON_PATH} are allowed")
        return
    try:
        _JSON_PATHS.compile(source)
    except JSONPathError as error:
        words = Exception.__str__(error) if error.token is None else str(error).rsplit(", line ", 1)[0]
        column = None if error.token is None else error.token.index + 1
        yield Problem(path, f"is no JSONPath: {words}", line=None if column is None else 1, column=column)
    except RecursionError:
        yield Problem(path, "is no JSONPath: it is nested too deep")
