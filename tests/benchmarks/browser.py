"""The least of a browser: one kept connection and its cookies, so that the server is what is measured."""

from __future__ import annotations

import http.client
import re
from urllib.parse import urlencode

_TOKEN = re.compile(r'name="(csrf_token|csrfmiddlewaretoken)"[^>]*value="([^"]+)"')


class Browser:
    """Talks to one server on this machine."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        self._cookies: dict[str, str] = {}

    def get(self, path: str) -> str:
        """The page; RuntimeError for any answer but 200."""
        return self._ask("GET", path, None)

    def post(self, path: str, form: dict[str, str]) -> str:
        """Send a form; an answer that leads elsewhere is one too."""
        return self._ask("POST", path, urlencode(form))

    def sign_in(self, path: str, form: dict[str, str]) -> None:
        """Fill in the sign-in form of that page."""
        token = _TOKEN.search(self.get(path))
        assert token is not None, f"{path} has no form"
        self.post(path, form | {token[1]: token[2]})

    def _ask(self, method: str, path: str, body: str | None) -> str:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        page = answer.read().decode(errors="replace")
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        wanted = (200,) if body is None else (200, 302, 303)
        if answer.status not in wanted:
            raise RuntimeError(f"{method} {path}: {answer.status}")
        return page
