"""What a person chooses when starting the sandbox.

In: nothing. Out: SandboxOptions. Must never: read the environment.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """Port 0 takes any free port. `seed` makes ids, tokens and chances repeatable; None means by chance.

    `max_attachment_bytes` is the sandbox's own limit (a real instance takes 1024 MB); everything lives in memory.
    """

    host: str = "127.0.0.1"
    port: int = 8081
    tls: bool = False
    user: str = "admin"
    password: str = "admin"
    client_id: str = "sandbox-client"
    client_secret: str = "sandbox-secret"
    api_key: str = "sandbox-api-key"
    token_lifetime_seconds: int = 1800
    seed: int | None = None
    certificate_folder: str | None = None
    remembered_requests: int = 1000
    max_attachment_bytes: int = 32 * 1024 * 1024
