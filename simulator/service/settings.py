"""What an operator may set of a server."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from simulator.errors import SettingsError

__all__ = ["Settings"]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings of a server, the same in all its worker processes.

    Parameters
    ----------
    database_url
        Where jobs are kept: ``sqlite:///path`` or ``postgresql://user@host/name``.
    tokens
        Bearer tokens that are let in; empty: everybody is.
    opens_legacy_paths
        Whether the paths of the published protocol need no token: its client cannot send one.
    trusted_hosts
        Names and addresses that requests may call this server by, without ports; empty: any.
    lease_s
        How long a trial may stay silent before it counts as lost [s], unless its job says otherwise.
    max_body_bytes
        Largest body of a request [bytes].
    keeps_keys_s
        How long an idempotency key is remembered [s].
    cached_jobs
        Policy states that a worker keeps in memory.
    """

    database_url: str
    tokens: tuple[str, ...] = ()
    opens_legacy_paths: bool = True
    trusted_hosts: tuple[str, ...] = ()
    lease_s: float = 3600.0
    max_body_bytes: int = 64 * 1024
    keeps_keys_s: float = 24 * 3600.0
    cached_jobs: int = 1024

    def __post_init__(self) -> None:
        if not 1 <= self.lease_s <= 30 * 86400:
            raise SettingsError(f"lease_s is {self.lease_s}; a lease lasts from 1 s to 30 days")
        if self.max_body_bytes < 1024:
            raise SettingsError(f"max_body_bytes is {self.max_body_bytes}; a registration needs 1024 at least")
        if any(not token.strip() for token in self.tokens):
            raise SettingsError("a token is empty; everybody would be let in")

    def to_json(self) -> str:
        """Write the settings for a worker process.

        Examples
        --------
        >>> settings = Settings(database_url="sqlite:///jobs.db", tokens=("secret",))
        >>> Settings.from_json(settings.to_json()) == settings
        True
        """
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Settings:
        """Read what `to_json` wrote."""
        plain = json.loads(text)
        return cls(**plain | {name: tuple(plain[name]) for name in ("tokens", "trusted_hosts")})
