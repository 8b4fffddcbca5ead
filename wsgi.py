"""The composition root of the web server: the application with the staff pages mounted on it."""

from __future__ import annotations

import admin
from tasks import nudge
from webapp import memory
from webapp.app import create_app
from webapp.config import load_settings

application = create_app(load_settings())
admin.mount(application)
nudge.connect(application)
memory.settle()
