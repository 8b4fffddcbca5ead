"""Settings, read once from the environment. Pamong refuses to start on what is missing or weak."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal
from urllib.parse import SplitResult, parse_qs, urlsplit

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from webapp.mail_servers import (
    LOCAL_HOSTS,
    ImapServer,
    SmtpServer,
    imap_server,
    mailbox_problems,
    smtp_server,
)

_KEY_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,15}")
_SHORTEST_SECRET = 32


class SettingsError(RuntimeError):
    """The environment makes no working Pamong; `problems` has a sentence per fault, without values."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def _setting(name: str, default: Any, description: str) -> Any:
    return Field(default, validation_alias=name, description=description)


def _secret(name: str, description: str) -> Any:
    return Field("", validation_alias=name, description=description, repr=False)


def _number(name: str, default: int, description: str, *, at_least: int, at_most: int) -> Any:
    return Field(default, validation_alias=name, description=description, ge=at_least, le=at_most)


class Settings(BaseSettings):
    """All settings of Pamong. Make them with `load_settings`, which also judges them."""

    model_config = SettingsConfigDict(
        env_ignore_empty=True,
        populate_by_name=True,
        # A field may be given by its name too, and that name is looked up in the environment as well:
        # without the prefix `home` would be read from HOME.
        env_prefix="PAMONG_",
        validate_default=True,
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
    )

    env: Literal["demo", "production", "test"] = _setting(
        "PAMONG_ENV", "production", "`production`, `demo` or `test`; production is the strictest"
    )
    database_url: str = _secret(
        "DATABASE_URL", "PostgreSQL as the role `pamong_app`; `pamong demo` starts its own when unset"
    )
    database_owner_url: str = _secret(
        "DATABASE_OWNER_URL", "PostgreSQL as the role `pamong_owner`, for `pamong migrate` only"
    )
    database_backup_url: str = _secret(
        "DATABASE_BACKUP_URL",
        "PostgreSQL as the role `pamong_backup`, for `pamong backup` and `pamong restore` only",
    )
    database_pool: int = _number(
        "PAMONG_DATABASE_POOL", 5, "Database connections that each process keeps", at_least=1, at_most=100
    )
    redis_url: str = _secret(
        "REDIS_URL", "Valkey or Redis for the queues; `pamong demo` starts its own when unset"
    )
    smtp_url: str = _secret(
        "SMTP_URL",
        "Mail server: `smtp://user:password@host:587?starttls=1` or `smtps://user:password@host`; "
        "`pamong demo` keeps mails as files when unset",
    )
    smtp_timeout: int = _number(
        "PAMONG_SMTP_TIMEOUT",
        20,
        "Seconds that the mail server may take for each part of a conversation",
        at_least=1,
        at_most=60,
    )
    mail_from: str = _setting("PAMONG_MAIL_FROM", "pamong@localhost", "Address that mails come from")
    imap_url: str = _secret(
        "IMAP_URL",
        "Mailbox in which answers from calendars and bounces come back: `imaps://user:password@host/INBOX` "
        "or `imap://user:password@host:143/INBOX?starttls=1`; nothing is read when unset",
    )
    reply_address: str = _setting(
        "PAMONG_REPLY_ADDRESS",
        "",
        "Address of that mailbox, which must also take `name+anything@`: every invitation names a secret one",
    )
    port: int = _number("PAMONG_PORT", 8000, "Port of the web server", at_least=1, at_most=65535)
    base_url: str = _setting(
        "PAMONG_BASE_URL",
        "",
        "Address at which people reach Pamong, for links in mails; `http://localhost:PORT` when unset",
    )
    proxies: int = _number(
        "PAMONG_PROXIES",
        0,
        "Reverse proxies in front of Pamong: how many X-Forwarded-For hops are believed",
        at_least=0,
        at_most=5,
    )
    home: Path = _setting("PAMONG_HOME", Path("var"), "Data folder: report files, and all of the demo's data")
    secret_key: str = _secret("PAMONG_SECRET_KEY", "Signs cookies and form tokens; 32 characters or more")
    keys: str = _secret(
        "PAMONG_KEYS",
        "Master keys of confidential text: `id:base64 of 32 bytes`, commas between; the first one encrypts",
    )
    session_idle_hours: int = _number(
        "PAMONG_SESSION_IDLE_HOURS", 8, "An unused sign-in ends after this time", at_least=1, at_most=24
    )
    session_hours: int = _number(
        "PAMONG_SESSION_HOURS", 12, "Every sign-in ends after this time", at_least=1, at_most=72
    )
    metrics_token: str = _secret(
        "PAMONG_METRICS_TOKEN",
        "Opens `/metrics` for Prometheus as a bearer token; 32 characters or more. Unset: no such page",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = _setting(
        "PAMONG_LOG_LEVEL", "INFO", "`DEBUG`, `INFO`, `WARNING` or `ERROR`"
    )

    @field_validator("database_url", "database_owner_url", "database_backup_url")
    @classmethod
    def _name_the_driver(cls, value: str) -> str:
        return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", value)

    @field_validator("base_url")
    @classmethod
    def _default_base_url(cls, value: str, info: ValidationInfo) -> str:
        return (value or f"http://localhost:{info.data.get('port', 0)}").rstrip("/")

    @field_validator("home")
    @classmethod
    def _absolute_home(cls, value: Path) -> Path:
        return value.absolute()

    @property
    def is_production(self) -> bool:
        return self.env == "production"

    @property
    def serves_tls(self) -> bool:
        """People reach Pamong by https: cookies are Secure and HSTS is sent."""
        return self.base_url.startswith("https://")

    @property
    def redis_client_url(self) -> str:
        """REDIS_URL as redis-py wants it (Celery's form of a socket is `redis+socket://`)."""
        if not self.redis_url.startswith("redis+socket://"):
            return self.redis_url
        parts = urlsplit(self.redis_url)
        return f"unix://{parts.path}?db={parse_qs(parts.query).get('virtual_host', ['0'])[0]}"

    @property
    def smtp(self) -> SmtpServer:
        """SMTP_URL taken apart."""
        return smtp_server(self.smtp_url)

    @property
    def imap(self) -> ImapServer | None:
        """IMAP_URL taken apart; None when no mailbox is read."""
        return imap_server(self.imap_url)

    @property
    def master_keys(self) -> dict[str, bytes]:
        """PAMONG_KEYS taken apart: 32 bytes by id, the current one first."""
        pairs = (part.strip().partition(":") for part in self.keys.split(","))
        return {key_id: base64.b64decode(encoded) for key_id, _, encoded in pairs}


def load_settings(**overrides: Any) -> Settings:
    """Read the environment, with `overrides` by field name on top; SettingsError lists every fault."""
    settings = read_settings(**overrides)
    problems = list(_problems(settings))
    if problems:
        raise SettingsError(problems)
    return settings


def read_settings(**overrides: Any) -> Settings:
    """Like `load_settings`, but what is missing or weak is for the caller to see to."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise SettingsError([_sentence(item["loc"], item["msg"]) for item in error.errors()]) from None


def _sentence(location: tuple[int | str, ...], message: str) -> str:
    name = str(location[0])
    known = Settings.model_fields.get(name)
    return f"{known.validation_alias if known else name}: {message}."


def _problems(settings: Settings) -> Iterator[str]:
    yield from _database_problems(settings)
    yield from _redis_problems(settings)
    yield from _smtp_problems(settings)
    yield from mailbox_problems(
        settings.imap_url, settings.reply_address, is_production=settings.is_production
    )
    yield from _base_url_problems(settings)
    yield from _secret_problems(settings)
    yield from _key_problems(settings)
    if 0 < len(settings.metrics_token) < _SHORTEST_SECRET:
        yield f"PAMONG_METRICS_TOKEN must have {_SHORTEST_SECRET} characters or more."
    if settings.session_idle_hours > settings.session_hours:
        yield "PAMONG_SESSION_IDLE_HOURS must not be longer than PAMONG_SESSION_HOURS."


def _database_problems(settings: Settings) -> Iterator[str]:
    if not settings.database_url:
        yield "DATABASE_URL is not set."
    elif not settings.database_url.startswith("postgresql+psycopg://"):
        yield "DATABASE_URL must begin with postgresql:// (Pamong runs on PostgreSQL only)."
    if settings.database_owner_url and not settings.database_owner_url.startswith("postgresql+psycopg://"):
        yield "DATABASE_OWNER_URL must begin with postgresql://."
    if (
        settings.is_production
        and settings.database_url
        and settings.database_owner_url == settings.database_url
    ):
        yield "DATABASE_URL and DATABASE_OWNER_URL must be two roles: the app may not own its tables."


def _redis_problems(settings: Settings) -> Iterator[str]:
    if not settings.redis_url:
        yield "REDIS_URL is not set."
    elif urlsplit(settings.redis_url).scheme not in {"redis", "rediss", "redis+socket"}:
        yield "REDIS_URL must begin with redis://, rediss:// or redis+socket://."


def _smtp_problems(settings: Settings) -> Iterator[str]:
    if not settings.smtp_url:
        yield "SMTP_URL is not set."
    elif not _is_address(urlsplit(settings.smtp_url), "smtp", "smtps"):
        yield "SMTP_URL must look like smtp://user:password@host:587?starttls=1 or smtps://user:password@host."
    elif settings.is_production:
        smtp = settings.smtp
        if smtp.is_sink:
            yield "SMTP_URL names the demo's sink, which delivers to nobody: name a real mail server."
        elif smtp.user and smtp.security == "none" and smtp.host not in LOCAL_HOSTS:
            yield "SMTP_URL would send its password in clear: add ?starttls=1 or use smtps://."
    name, _, domain = settings.mail_from.rpartition("@")
    if not name or not domain or any(character.isspace() for character in settings.mail_from):
        yield "PAMONG_MAIL_FROM must be a mail address."
    elif settings.is_production and domain in LOCAL_HOSTS:
        yield "PAMONG_MAIL_FROM must be an address at your own domain."


def _base_url_problems(settings: Settings) -> Iterator[str]:
    parts = urlsplit(settings.base_url)
    if not _is_address(parts, "http", "https") or parts.path or parts.query:
        yield "PAMONG_BASE_URL must be an address without a path, such as https://pamong.example.org."
    elif settings.is_production and parts.scheme != "https":
        yield "PAMONG_BASE_URL must begin with https://: guests reach confidential pages through it."


def _is_address(parts: SplitResult, *schemes: str) -> bool:
    try:
        return parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:  # a port that is no number
        return False


def _secret_problems(settings: Settings) -> Iterator[str]:
    secret = settings.secret_key
    if not secret:
        yield "PAMONG_SECRET_KEY is not set."
    elif len(secret) < _SHORTEST_SECRET:
        yield f"PAMONG_SECRET_KEY must have {_SHORTEST_SECRET} characters or more."
    elif settings.is_production and len(set(secret)) < _SHORTEST_SECRET // 3:
        yield "PAMONG_SECRET_KEY must be random: it repeats a few characters only."


def _key_problems(settings: Settings) -> Iterator[str]:
    if not settings.keys:
        yield "PAMONG_KEYS is not set."
        return
    seen: set[str] = set()
    for part in settings.keys.split(","):
        key_id, _, encoded = part.strip().partition(":")
        if not _KEY_ID.fullmatch(key_id):
            # The id of a malformed part may be the key itself: it is not repeated here.
            yield "PAMONG_KEYS must be id:base64 pairs; an id is up to 16 small letters, digits, - or _."
            continue
        if key_id in seen:
            yield f"PAMONG_KEYS has the id {key_id} twice."
        seen.add(key_id)
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if len(key) != 32:
            yield f"PAMONG_KEYS: the key {key_id} must be 32 bytes in base64."
        elif settings.is_production and len(set(key)) < 8:
            yield f"PAMONG_KEYS: the key {key_id} must be random."
