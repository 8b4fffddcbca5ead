"""Settings: what is missing or weak is named in a sentence, and no secret is ever shown."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest

from webapp.config import Settings, SettingsError, load_settings

# The same in every test process: it stands in the names of tests.
GOOD_KEY = base64.b64encode(hashlib.sha256(b"a key of the tests").digest()).decode()
GOOD: dict[str, str] = {
    "PAMONG_ENV": "production",
    "DATABASE_URL": "postgresql://pamong_app:hidden-1@db/pamong",
    "DATABASE_OWNER_URL": "postgresql://pamong_owner:hidden-2@db/pamong",
    "REDIS_URL": "redis://:hidden-3@queue:6379/0",
    "SMTP_URL": "smtp://mailer:hidden-4@mail.example.org:587?starttls=1",
    "PAMONG_MAIL_FROM": "pamong@school.example.org",
    "IMAP_URL": "imaps://jawaban:hidden-6@mail.example.org/INBOX",
    "PAMONG_REPLY_ADDRESS": "jawaban@school.example.org",
    "PAMONG_BASE_URL": "https://pamong.example.org",
    "PAMONG_SECRET_KEY": "hidden-5" + hashlib.sha256(b"a secret of the tests").hexdigest(),
    "PAMONG_KEYS": f"k2:{GOOD_KEY},k1:{GOOD_KEY}",
}


@pytest.fixture(autouse=True)
def good_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)


def problems() -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_settings()
    return caught.value.problems


def test_a_good_environment_makes_settings() -> None:
    settings = load_settings()
    assert settings.is_production
    assert settings.serves_tls
    assert settings.database_url.startswith("postgresql+psycopg://")
    assert list(settings.master_keys) == ["k2", "k1"]
    assert settings.master_keys["k1"] == base64.b64decode(GOOD_KEY)
    assert settings.smtp.host == "mail.example.org"
    assert settings.smtp.security == "starttls"


@pytest.mark.parametrize(
    "name", ["DATABASE_URL", "REDIS_URL", "SMTP_URL", "PAMONG_SECRET_KEY", "PAMONG_KEYS"]
)
def test_a_missing_setting_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(name)
    assert problems() == [f"{name} is not set."]
    monkeypatch.setenv(name, "")
    assert problems() == [f"{name} is not set."]


@pytest.mark.parametrize(
    ("name", "weak"),
    [
        ("PAMONG_SECRET_KEY", "short"),
        ("PAMONG_SECRET_KEY", "abcabcabcabcabcabcabcabcabcabcabcabc"),
        ("PAMONG_KEYS", "no colon here"),
        ("PAMONG_KEYS", "k1:not base64"),
        ("PAMONG_KEYS", "k1:" + base64.b64encode(b"too short").decode()),
        ("PAMONG_KEYS", "k1:" + base64.b64encode(bytes(32)).decode()),
        ("PAMONG_KEYS", f"k1:{GOOD_KEY},k1:{GOOD_KEY}"),
        ("PAMONG_KEYS", f"k1:{GOOD_KEY},"),
        ("PAMONG_BASE_URL", "http://pamong.example.org"),
        ("PAMONG_BASE_URL", "https://pamong.example.org/below"),
        ("PAMONG_BASE_URL", "pamong.example.org"),
        ("SMTP_URL", "smtp://127.0.0.1:2525?sink=1"),
        ("SMTP_URL", "smtp://mailer:hidden-4@mail.example.org"),
        ("SMTP_URL", "mail.example.org"),
        ("SMTP_URL", "smtp://mail.example.org:port"),
        ("DATABASE_URL", "sqlite:///pamong.db"),
        ("DATABASE_URL", GOOD["DATABASE_OWNER_URL"]),
        ("REDIS_URL", "amqp://queue"),
        ("IMAP_URL", "imap://jawaban:hidden-6@mail.example.org/INBOX"),
        ("IMAP_URL", "imaps://mail.example.org/INBOX"),
        ("IMAP_URL", "imaps://jawaban:hidden-6@mail.example.org:port/INBOX"),
        ("IMAP_URL", 'imaps://jawaban:hidden-6@mail.example.org/IN"BOX'),
        ("IMAP_URL", "pop3://jawaban:hidden-6@mail.example.org"),
        ("IMAP_URL", ""),
        ("PAMONG_REPLY_ADDRESS", ""),
        ("PAMONG_REPLY_ADDRESS", "jawaban+x@school.example.org"),
        ("PAMONG_REPLY_ADDRESS", "jawaban@localhost"),
        ("PAMONG_REPLY_ADDRESS", "jawaban@a.example\r\nBcc: c@d"),
        ("PAMONG_REPLY_ADDRESS", "a" * 32 + "@school.example.org"),
        ("PAMONG_MAIL_FROM", "pamong@localhost"),
        ("PAMONG_MAIL_FROM", "nobody"),
        ("PAMONG_MAIL_FROM", "a@b\r\nBcc: c@d"),
        ("PAMONG_PORT", "eighty"),
        ("PAMONG_PORT", "0"),
        ("PAMONG_ENV", "staging"),
        ("PAMONG_LOG_LEVEL", "LOUD"),
        ("PAMONG_SESSION_IDLE_HOURS", "13"),
    ],
)
def test_a_weak_or_wrong_setting_is_named_and_not_repeated(
    name: str, weak: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, weak)
    (problem,) = problems()
    assert name in problem
    assert "hidden" not in problem
    if name in {"PAMONG_SECRET_KEY", "PAMONG_KEYS"}:
        assert weak not in problem
        assert GOOD_KEY not in problem


def test_the_mailbox_is_read_as_its_address_says(monkeypatch: pytest.MonkeyPatch) -> None:
    box = load_settings().imap
    assert box is not None
    assert (box.host, box.port, box.security, box.folder) == ("mail.example.org", 993, "tls", "INBOX")
    monkeypatch.setenv("IMAP_URL", "imap://bk%40a:hidden%2F6@mail.example.org/Pamong/Jawaban?starttls=1")
    box = load_settings().imap
    assert box is not None
    assert (box.user, box.password, box.port) == ("bk@a", "hidden/6", 143)
    assert (box.security, box.folder) == ("starttls", "Pamong/Jawaban")


def test_without_a_mailbox_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IMAP_URL")
    monkeypatch.delenv("PAMONG_REPLY_ADDRESS")
    assert load_settings().imap is None


def test_all_faults_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("PAMONG_SECRET_KEY", "short")
    monkeypatch.setenv("PAMONG_BASE_URL", "http://pamong.example.org")
    assert len(problems()) == 3


def test_the_demo_may_do_what_production_may_not(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "PAMONG_ENV": "demo",
        "SMTP_URL": "smtp://127.0.0.1:2525?sink=1",
        "PAMONG_BASE_URL": "",
        "PAMONG_MAIL_FROM": "",
        "PAMONG_PORT": "8123",
    }.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert settings.base_url == "http://localhost:8123"
    assert settings.smtp.is_sink
    assert not settings.serves_tls


def test_no_secret_is_in_the_printed_settings() -> None:
    shown = repr(load_settings()) + str(load_settings())
    assert "hidden" not in shown
    assert GOOD_KEY not in shown


def test_names_of_other_programs_are_not_taken_for_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/somewhere/else")
    monkeypatch.setenv("PORT", "1")
    assert load_settings().home == Path.cwd() / "var"
    assert load_settings().port == 8000


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis+socket:///run/valkey.sock?virtual_host=2", "unix:///run/valkey.sock?db=2"),
        ("rediss://:p@queue:6379/1", "rediss://:p@queue:6379/1"),
    ],
)
def test_the_queue_address_is_understood_by_redis_too(
    url: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", url)
    assert load_settings().redis_client_url == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example.org", ("mail.example.org", 25, "", "", "none")),
        ("smtp://mail.example.org?starttls=1", ("mail.example.org", 587, "", "", "starttls")),
        ("smtps://u%40x:p%3A%2F@mail.example.org", ("mail.example.org", 465, "u@x", "p:/", "tls")),
        ("smtps://mail.example.org:2465", ("mail.example.org", 2465, "", "", "tls")),
    ],
)
def test_the_mail_address_is_taken_apart(
    url: str, expected: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_URL", url)
    smtp = load_settings().smtp
    assert (smtp.host, smtp.port, smtp.user, smtp.password, smtp.security) == expected


def test_every_setting_says_what_it_is_for_and_under_which_name() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert str(field.validation_alias).isupper(), name
