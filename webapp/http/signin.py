"""Sign-in by Flask-Security, with sessions of our own rows so that they can be seen and revoked."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from flask import Flask, Response, abort, g, request, session
from flask_login import user_logged_in, user_logged_out
from flask_security import MailUtil, RoleMixin, Security, SQLAlchemySessionUserDatastore
from flask_security.utils import set_request_attr

from webapp import tenancy
from webapp.config import Settings
from webapp.http import i18n, scope
from webapp.models.identity import SignInSession, User
from webapp.services import accounts, identity, sign_in_throttle

SESSION_KEY = "sid"


class NoRole(RoleMixin):
    """Flask-Security wants a role class; Pamong's roles are memberships."""


class OutboxMailUtil(MailUtil):
    """Flask-Security's mails become rows of the outbox, in our own words."""

    def send_mail(
        self, template: str, subject: str, recipient: Any, sender: Any, body: Any, html: Any, **context: Any
    ) -> None:
        if template != "security/email/reset_instructions":
            raise ValueError(f"no mail of our own stands for {template}")
        # The link is built on the configured address: the Host header of a request may be anybody's.
        accounts.mail_password_reset(context["user"].email, context["reset_token"], scope.now())


def init_app(app: Flask, settings: Settings) -> None:
    """Configure Flask-Security over the identity session."""
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2",
        SECURITY_PASSWORD_SALT=settings.secret_key,
        SECURITY_PASSWORD_LENGTH_MIN=accounts.SHORTEST_PASSWORD,
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
        SECURITY_I18N_DIRNAME=[i18n.TRANSLATIONS, "builtin"],
    )
    datastore = SQLAlchemySessionUserDatastore(tenancy.identity, User, NoRole)
    Security(app, datastore, mail_util_cls=OutboxMailUtil)
    idle = timedelta(hours=settings.session_idle_hours)
    longest = timedelta(hours=settings.session_hours)

    @app.login_manager.user_loader  # type: ignore[attr-defined]
    def load_user(user_key: str) -> User | None:
        secret = session.get(SESSION_KEY)
        if not secret or "database_away" in g:
            return None
        # Flask-Security's own pages ask how somebody signed in, and when they last gave the password.
        set_request_attr("fs_authn_via", "session")
        set_request_attr("fs_paa", session.get("fs_paa", 0))
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

    @app.before_request
    def refuse_json_that_is_no_form() -> None:
        # Flask-Security reads a form out of whatever JSON it is sent, and fails on a bare number.
        is_ours = request.blueprint == "security" and request.is_json
        if is_ours and not isinstance(request.get_json(silent=True), dict):
            abort(400)

    @app.before_request
    def throttle() -> None:
        if _is_sign_in_try() and sign_in_throttle.is_closed(
            request.form.get("email", ""), request.remote_addr or "", scope.now()
        ):
            abort(429)

    @app.after_request
    def count(response: Response) -> Response:
        if _is_sign_in_try() and response.status_code != 429:
            email = request.form.get("email", "")
            if response.status_code == 302:
                sign_in_throttle.forgive(email)
            elif response.status_code == 200:
                sign_in_throttle.record_failure(email, request.remote_addr or "", scope.now())
        return response


def _is_sign_in_try() -> bool:
    return request.endpoint == "security.login" and request.method == "POST"


def _mail_mapper(value: Any) -> str | None:
    text = str(value).strip().lower()
    return text if "@" in text else None
