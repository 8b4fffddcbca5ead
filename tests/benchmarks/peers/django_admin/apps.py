"""The app that shows the register, and where its tables are."""

from django.apps import AppConfig


class Register(AppConfig):
    name = "tests.benchmarks.peers.django_admin"
    label = "register"
    default_auto_field = "django.db.models.BigAutoField"


class Router:
    def db_for_read(self, model, **hints):
        return "register" if model._meta.app_label == "register" else None

    def allow_migrate(self, db, app_label, **hints):
        return db == "default" and app_label != "register"
