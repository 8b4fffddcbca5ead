"""A counsellor who goes on working while things break: every answer is judged."""

from __future__ import annotations

import http.client
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlencode

from tests.factories import PASSWORD

PATIENCE_SECONDS = 30.0
PAUSE_SECONDS = 0.1
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_SIGNS_OF_A_TRACE = ("Traceback", "psycopg", "sqlalchemy", 'File "/', "Internal Server Error")


@dataclass
class Answers:
    """What came back during one fault."""

    answered: int = 0
    refused: int = 0  # with the page that says: not just now
    signed_out: int = 0  # a form was refused because the sign-in had ended
    unanswered: int = 0  # the connection was refused or cut: the process was killed
    slowest: float = 0.0
    wrong: Counter[str] = field(default_factory=Counter)
    saved: list[str] = field(default_factory=list)  # texts of which the page said that they stand


class Visitor:
    """One signed-in browser; reads pages and writes a note into a case in turn, all the time."""

    def __init__(self, port: int, slug: str, case_id: int, email: str) -> None:
        self._port = port
        self._pages = ("/", f"/s/{slug}/", f"/s/{slug}/cases/", f"/s/{slug}/outbox/", "/login", "/healthz")
        self._case = f"/s/{slug}/cases/{case_id}"
        self._email = email
        self._cookies: dict[str, str] = {}
        self._token = ""
        self._answers = Answers()
        self._lock = threading.Lock()
        self._number = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def sign_in(self) -> None:
        """Anew: under another clock the earlier one may have ended."""
        with self._lock:
            self._sign_in()

    def _sign_in(self) -> None:
        self._cookies = {}
        page = self._ask("GET", "/login")[1]
        status, text = self._ask(
            "POST", "/login", {"email": self._email, "password": PASSWORD, "csrf_token": _token_of(page)}
        )
        assert status == 302, text[:2000]
        self._token = _token_of(self._ask("GET", f"{self._case}/")[1])

    def share(self, other: Visitor) -> None:
        """The same browser at another port: its cookies, and its form's token."""
        self._cookies, self._token = dict(other._cookies), other._token

    def write(self, text: str) -> int:
        """One note into the case; the status."""
        form = {"kind": "fact", "body": text, "csrf_token": self._token}
        return self._ask("POST", f"{self._case}/notes", form)[0]

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(PATIENCE_SECONDS + 5)

    def asks(self, path: str) -> int:
        """The status of one request by nobody, beside the visitor's own; 0 without an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE_SECONDS)
        try:
            connection.request("GET", path, headers={"Host": "pamong.contoh.example"})
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def take_answers(self) -> Answers:
        """What came since the last call."""
        taken, self._answers = self._answers, Answers()
        return taken

    def _work(self) -> None:
        while not self._stopped.wait(PAUSE_SECONDS):
            with self._lock:
                self._visit()

    def _visit(self) -> None:
        self._number += 1
        if self._number % 4 or not self._token:
            self._judge("GET", self._pages[self._number % len(self._pages)])
        else:
            # Long enough that the tables must grow: a full disk is to be felt.
            text = f"Catatan rekaan {self._number} " + "panjang " * 400 + "sekali"
            form = {"kind": "fact", "body": text, "csrf_token": self._token}
            if self._judge("POST", f"{self._case}/notes", form) == 303:
                self._answers.saved.append(text)

    def _judge(self, method: str, path: str, form: dict[str, str] | None = None) -> int:
        answers, begin = self._answers, time.monotonic()
        try:
            status, text = self._ask(method, path, form)
        except TimeoutError:
            answers.wrong[f"{method} {path}: no answer in {PATIENCE_SECONDS:g} s"] += 1
            return 0
        except (OSError, http.client.HTTPException):
            answers.unanswered += 1
            return 0
        answers.slowest = max(answers.slowest, time.monotonic() - begin)
        trace = [sign for sign in _SIGNS_OF_A_TRACE if sign in text]
        if status in (200, 302, 303) and not trace:
            answers.answered += 1
        elif status == 503 and not trace and "<h1>" in text:
            answers.refused += 1
        elif status == 400 and method == "POST" and not trace and "<h1>" in text:
            answers.signed_out += 1
        else:
            answers.wrong[f"{method} {path.split('/', 3)[-1]}: {status} {' '.join(trace)}"] += 1
        return status

    def _ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE_SECONDS)
        headers = {
            "Host": "pamong.contoh.example",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
            "Accept-Language": "en",
        }
        try:
            if form is None:
                connection.request(method, path, headers=headers)
            else:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
                connection.request(method, path, urlencode(form), headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
            for cookie in answer.headers.get_all("Set-Cookie", []):
                name, _, rest = cookie.partition("=")
                self._cookies[name] = rest.split(";")[0]
            return answer.status, text
        finally:
            connection.close()


def _token_of(page: str) -> str:
    found = _TOKEN.search(page)
    assert found is not None, page[:2000]
    return found.group(1)
