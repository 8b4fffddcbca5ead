"""Django's own admin over the same tables, as startproject makes it; accounts in a database beside them."""

import os

SECRET_KEY = "for-measuring"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.benchmarks.peers.django_admin.urls"
WSGI_APPLICATION = "tests.benchmarks.peers.django_admin.wsgi.application"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "tests.benchmarks.peers.django_admin.apps.Register",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
_SERVER = {
    "ENGINE": "django.db.backends.postgresql",
    "HOST": os.environ["PEER_HOST"],
    "USER": os.environ["PEER_USER"],
    "PASSWORD": os.environ["PEER_PASSWORD"],
    # Connections are kept, as ours are.
    "CONN_MAX_AGE": None,
}
DATABASES = {
    "default": _SERVER | {"NAME": os.environ["PEER_OWN_DATABASE"]},
    "register": _SERVER | {"NAME": os.environ["PEER_DATABASE"]},
}
DATABASE_ROUTERS = ["tests.benchmarks.peers.django_admin.apps.Router"]
STATIC_URL = "static/"
USE_TZ = True
