"""Rules are quick, machines are not always: examples carry no deadline."""

from hypothesis import settings

settings.register_profile("rules", deadline=None)
settings.load_profile("rules")
