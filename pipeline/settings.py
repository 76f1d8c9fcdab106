"""Every setting of the service, from the environment (prefix ZHONGSHENG_) or a .env file, with working defaults."""

from __future__ import annotations

import json
import os
import re
import secrets
from dataclasses import asdict
from datetime import timedelta
from functools import cached_property
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from models.drafters.catalogue import parse_drafter
from nlp.demand_weights import DemandWeights
from review.voting_rules import TIERS, VotingRules

# scheme, host, perhaps a port: what a content security policy takes, and nothing that could end its directive
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?")
SECRET_FILE = "secret"  # inside the state folder  # noqa: S105  # a file name, not a secret


class Settings(BaseSettings):
    """Read once by the edge that starts (command line, service, worker) and handed down; no global."""

    model_config = SettingsConfigDict(
        env_prefix="ZHONGSHENG_",
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        populate_by_name=True,
        env_nested_delimiter="__",
    )

    state: Path = Field(
        Path(".zhongsheng"), description="folder of the SQLite database, the spool of uploads and the generated secret"
    )
    database_url: str = Field(
        "",
        validation_alias=AliasChoices("ZHONGSHENG_DATABASE_URL", "DATABASE_URL"),
        description="SQLite or PostgreSQL; empty: zhongsheng.sqlite in the state folder",
    )
    secret: SecretStr | None = Field(
        None, description="keys the pseudonyms of authors; unset: generated once into the state folder"
    )
    encoder: str = Field(
        "auto",
        description="auto (by the number of posts), default, use, e5, static, st:<name or folder>, "
        "openai:<url>#<model>",
    )
    draft_encoder: str = Field(
        "e5",
        description="encoder that finds knowledge for replies; evidence.toml is fitted to e5; empty: that of mining",
    )
    drafter: str = Field(
        "grounded",
        description="who words replies: grounded, transformers:<name or folder>, openai:<url>#<model> (docs/drafts.md)",
    )
    drafter_api_key: SecretStr | None = Field(None, description="bearer key of an openai: drafter")
    drafter_timeout: float = Field(60.0, gt=0, description="seconds one answer of a model may take")
    drafter_answer_tokens: int = Field(400, ge=16, description="longest answer of a model")
    drafter_at_once: int = Field(4, ge=1, description="answers a model writes side by side")
    drafter_requests: int = Field(300, ge=0, description="answers a run may ask of a model; 0: no limit")
    drafter_tokens: int = Field(600_000, ge=0, description="tokens a run may spend, prompts included; 0: no limit")
    drafter_seconds: float = Field(1_800.0, ge=0, description="seconds a run may wait for a model; 0: no limit")
    drafter_failures: int = Field(5, ge=1, description="failures in a row after which a model is left alone")
    drafter_pause: float = Field(300.0, ge=0, description="seconds it is left alone for before it is tried again")
    encoder_api_key: SecretStr | None = Field(None, description="bearer key of an openai: encoder")
    allow_download: bool = Field(False, description="let st: and transformers: fetch a model from its hub")
    demand: DemandWeights = Field(
        default_factory=DemandWeights,
        description="dials of demand, e.g. ZHONGSHENG_DEMAND__SEVERITY=0.3 (docs/demand.md)",
    )
    processes: int = Field(0, ge=0, description="processes that read large files; 0: one a core")
    timezone: str = Field("Asia/Shanghai", description="time zone of times that carry none")
    host: str = Field("127.0.0.1", description="address the service listens on")
    port: int = Field(8000, ge=0, le=65535)
    trusted_proxies: str = Field(
        "127.0.0.1,::1",
        description="addresses or networks of proxies whose word is taken for who calls (X-Forwarded-For), separated "
        "by commas, e.g. 10.0.0.0/8; empty: none",
    )
    secure_cookies: bool = Field(False, description="set where the service is reached by HTTPS")
    ballot_top: int = Field(8, ge=0, description="leading new themes a run routes to the ballot")
    ballot_people: int = Field(3, ge=1, description="fewest distinct people of a theme that a run routes by itself")
    vote_weights: dict[str, float] = Field(
        default_factory=dict,
        description='weight of a vote by tier, e.g. {"core": 2}; core, fan, regular, staff; 1 where unnamed; '
        "shown beside the plain count",
    )
    vote_limits: dict[str, int] = Field(
        default_factory=dict,
        description='most open votes of one person by tier, e.g. {"regular": 10}; no limit where unnamed',
    )
    public_boards: str = Field(
        "",
        description="boards anybody may read without signing in, separated by commas: all, or names of products; "
        "empty: none",
    )
    public_url: str = Field(
        "",
        description="address contributors reach the public pages at, for feeds and links; empty: that of the request",
    )
    embed_origins: str = Field(
        "", description="sites that may show a public board in a frame, e.g. https://forum.example.com; empty: none"
    )
    assign_at_most: int = Field(
        2_000, ge=0, description="new posts that get their themes at once; more than these wait for the next run"
    )
    draft_top: int = Field(300, ge=0, description="most replies a run drafts")
    draft_pains_per_theme: int = Field(3, ge=0, description="answered complaints of one theme that may wait for review")
    draft_pains_per_source: int = Field(5, ge=0, description="complaints answered from one item that may wait")
    draft_people_per_theme: int = Field(
        1, ge=0, description="complaints of one theme that may wait for a person's answer"
    )
    draft_tried_per_theme: int = Field(20, ge=0, description="complaints of one theme that are looked at for an answer")
    answer_promise_hours: float = Field(72, gt=0, description="hours within which people are promised a first answer")
    draft_expires_days: int = Field(30, ge=0, description="days a draft may wait before it expires; 0: never")
    intake_batch: int = Field(500, ge=1, description="posts stored in one transaction")
    upload_limit: int = Field(100 * 1024 * 1024, ge=1, description="largest upload in bytes")
    outgoing_allow_private: bool = Field(
        False, description="let webhooks and connectors reach loopback, private and link-local addresses"
    )
    outgoing_timeout: float = Field(5.0, gt=0, le=60, description="seconds that one request to another system may take")
    approval_grace: int = Field(
        60, ge=0, description="seconds after which an approved reply leaves; until then it can be taken back"
    )
    vote_threshold: int = Field(
        50, ge=0, description="votes at which proposal.threshold_reached is told, once a proposal; 0: never"
    )
    webhook_patience_days: int = Field(5, ge=1, description="days of nothing but failures that turn an endpoint off")
    webhook_keep_days: int = Field(30, ge=1, description="days that delivered messages are kept")
    log_level: str = "INFO"

    @field_validator("vote_weights", "vote_limits")
    @classmethod
    def _known_tiers(cls, value: dict[str, float]) -> dict[str, float]:
        unknown = sorted(set(value) - set(TIERS))
        if unknown or any(number < 0 for number in value.values()):
            raise ValueError(f"name only the tiers {', '.join(TIERS)}, with numbers from 0 up")
        return value

    @field_validator("embed_origins")
    @classmethod
    def _origins(cls, value: str) -> str:
        for origin in value.split():
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is no origin; write for example https://forum.example.com")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        named = [part.strip() for part in value.split(",") if part.strip()]
        for network in named:
            ip_network(network)  # its ValueError says what is wrong
        return ",".join(named)

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, value: str) -> str:
        zone(value)
        return value

    @field_validator("drafter")
    @classmethod
    def _known_drafter(cls, value: str) -> str:
        parse_drafter(value)
        return value

    @cached_property
    def database(self) -> str:
        """The database URL, the default one where none is set."""
        return self.database_url or f"sqlite:///{self.state / 'zhongsheng.sqlite'}"

    @property
    def answer_promise(self) -> timedelta:
        """Within this people are promised a first answer."""
        return timedelta(hours=self.answer_promise_hours)

    @cached_property
    def voting_rules(self) -> VotingRules:
        """What votes weigh and how many one person may have open."""
        return VotingRules(weights=self.vote_weights, open_votes=self.vote_limits)

    @cached_property
    def boards(self) -> tuple[str, ...]:
        """The public boards, in the order given: "all" or names of products."""
        return tuple(dict.fromkeys(name.strip() for name in self.public_boards.split(",") if name.strip()))

    @property
    def spool(self) -> Path:
        """Folder of uploaded files that jobs still have to read."""
        return self.state / "spool"

    def environment(self) -> dict[str, str]:
        """These settings as environment variables, for a child process that must see the same."""
        values: dict[str, str] = {"ZHONGSHENG_DATABASE_URL": self.database}
        for name, value in self:
            if value is None or name == "database_url":
                continue
            plain = value.get_secret_value() if isinstance(value, SecretStr) else value
            values[f"ZHONGSHENG_{name.upper()}"] = (
                json.dumps(asdict(plain))
                if isinstance(plain, DemandWeights)
                else json.dumps(plain)
                if isinstance(plain, dict)
                else str(plain)
            )
        return values

    def secret_key(self) -> bytes:
        """The secret, at least 16 bytes; generated into the state folder (mode 0600) on first need.

        Raises ValueError where one is set that is too short to protect anything.
        """
        if self.secret is not None:
            key = self.secret.get_secret_value().encode()
            if len(key) < 16:
                raise ValueError("ZHONGSHENG_SECRET is too short: give at least 16 characters, or unset it")
            return key
        return _kept_secret(self.state / SECRET_FILE)


def _kept_secret(path: Path) -> bytes:
    """The secret in `path`; two processes that start at once agree, because a link is made by only one."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        own = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(own, path)
        except FileExistsError:
            pass  # another process was first; its secret holds
        finally:
            own.unlink()
    return path.read_bytes().strip()


def zone(name: str) -> ZoneInfo:
    """The time zone called `name`. Raises ValueError that says what to write."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no time zone; write one such as Asia/Shanghai or UTC") from error
