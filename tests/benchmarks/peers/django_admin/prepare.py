"""Make the peer's own tables and one account; run by its own Python."""

import os

import django
from django.core.management import call_command

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.peers.django_admin.settings"

if __name__ == "__main__":
    django.setup()
    call_command("migrate", verbosity=0)
    from django.contrib.auth.models import User

    if not User.objects.filter(username="ukur").exists():
        User.objects.create_superuser("ukur", "ukur@tolok.example", os.environ["PEER_SIGN_IN"])
