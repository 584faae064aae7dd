"""References: where a secret that is only pointed at is read, at the moment it is used.

In: a `Secret`, which may hold `${env:NAME}` or `${file:/path}`. Out: its text. Never: a value in an error.
"""

import os
from pathlib import Path

from grantwire.domain.secret import Secret, references_in


class SecretMissing(Exception):
    """A reference leads nowhere; the text names the reference, which is no secret."""


class References:
    """Files are read again when their time of change or size differs; the environment is read each time."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[tuple[int, int], str]] = {}

    def resolve(self, secret: Secret) -> str:
        """Raises `SecretMissing`."""
        return self.text(secret.reveal())

    def text(self, text: str) -> str:
        """The same for what is no secret: a certificate."""
        if "${" not in text:
            return text
        for source, name in references_in(text):
            found = self._environment(name) if source == "env" else self._file(name)
            text = text.replace(f"${{{source}:{name}}}", found)
        return text

    def _environment(self, name: str) -> str:
        found = os.environ.get(name)
        if not found:
            raise SecretMissing(f"The environment variable {name}, which holds a secret, is not set.")
        return found

    def _file(self, name: str) -> str:
        try:
            status = Path(name).stat()
            stamp = (status.st_mtime_ns, status.st_size)
            kept = self._files.get(name)
            if kept is None or kept[0] != stamp:
                kept = (stamp, Path(name).read_text("utf-8").rstrip("\r\n"))
                self._files[name] = kept
        except (OSError, UnicodeDecodeError) as error:
            raise SecretMissing(f"The secret file {name} cannot be read: {_why(error)}.") from error
        if not kept[1]:
            raise SecretMissing(f"The secret file {name} is empty.")
        return kept[1]


def _why(error: OSError | UnicodeDecodeError) -> str:
    return "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else (error.strerror or type(error).__name__)
