"""gunicorn's access log without what must not be in a log."""

from __future__ import annotations

import re
from typing import Any

from gunicorn.glogging import Logger

_OPENS = re.compile(r"(?:(?<=/[gv]/)|(?<=/cal/))[^/?\s]+")
# Reset and invitation links carry tokens too, and all of them are long.
_LONG_TOKEN = re.compile(r"(?<=/)[A-Za-z0-9_.~-]{32,}")


def masked(path: str) -> str:
    """A path whose tokens are replaced by stars: whoever reads the log must not be able to open the link."""
    return _LONG_TOKEN.sub("***", _OPENS.sub("***", path))


class MaskingLogger(Logger):
    """Masks tokens in paths; drops queries (they hold the names people search for) and referrers."""

    def atoms(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> dict[str, Any]:
        atoms: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        path = masked(environ.get("PATH_INFO", ""))
        line = f"{environ['REQUEST_METHOD']} {path} {environ['SERVER_PROTOCOL']}"
        return atoms | {"U": path, "r": line, "q": "", "f": "-"}
