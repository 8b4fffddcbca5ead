"""Sign-in by Flask-Security, with sessions of our own rows so that they can be seen and revoked."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from flask import Flask, request, session
from flask_login import user_logged_in, user_logged_out
from flask_security import RoleMixin, Security, SQLAlchemySessionUserDatastore

from webapp import tenancy
from webapp.config import Settings
from webapp.http import scope
from webapp.models.identity import SignInSession, User
from webapp.services import identity

SESSION_KEY = "sid"


class NoRole(RoleMixin):
    """Flask-Security wants a role class; Pamong's roles are memberships."""


def init_app(app: Flask, security: Security, settings: Settings) -> None:
    """Configure Flask-Security over the identity session."""
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2",
        SECURITY_PASSWORD_SALT=settings.secret_key,
        SECURITY_PASSWORD_LENGTH_MIN=10,
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_JOIN_USER_ROLES=False,
        SECURITY_RECOVERABLE=True,
        SECURITY_CHANGEABLE=True,
        SECURITY_RESET_PASSWORD_WITHIN=timedelta(days=5),
        SECURITY_SEND_REGISTER_EMAIL=False,
        SECURITY_SEND_PASSWORD_CHANGE_EMAIL=False,
        SECURITY_SEND_PASSWORD_RESET_NOTICE_EMAIL=False,
        SECURITY_POST_LOGIN_VIEW="/",
        SECURITY_POST_LOGOUT_VIEW="/",
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_CSRF_IGNORE_UNAUTH_ENDPOINTS=False,
        SECURITY_USER_IDENTITY_ATTRIBUTES=[{"email": {"mapper": _mail_mapper, "case_insensitive": True}}],
        SECURITY_REMEMBER_ME=False,
        SECURITY_DEFAULT_REMEMBER_ME=False,
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False},
    )
    datastore = SQLAlchemySessionUserDatastore(tenancy.identity, User, NoRole)
    security.init_app(app, datastore)
    idle = timedelta(hours=settings.session_idle_hours)
    longest = timedelta(hours=settings.session_hours)

    @app.login_manager.user_loader  # type: ignore[attr-defined]
    def load_user(user_key: str) -> User | None:
        secret = session.get(SESSION_KEY)
        if not secret:
            return None
        return identity.session_user(user_key, secret, now=scope.now(), idle=idle, longest=longest)

    @user_logged_in.connect_via(app)
    def open_session(sender: Flask, user: User, **extra: Any) -> None:
        secret = secrets.token_urlsafe(32)
        session[SESSION_KEY] = secret
        tenancy.identity().add(
            SignInSession(
                user_id=user.id,
                secret_hash=identity.hash_secret(secret),
                created_at=scope.now(),
                seen_at=scope.now(),
                device=(request.user_agent.string or "")[:200],
            )
        )
        tenancy.identity().commit()

    @user_logged_out.connect_via(app)
    def close_session(sender: Flask, user: Any, **extra: Any) -> None:
        secret = session.pop(SESSION_KEY, None)
        if secret:
            identity.revoke(secret, scope.now())


def _mail_mapper(value: Any) -> str | None:
    text = str(value).strip().lower()
    return text if "@" in text else None
