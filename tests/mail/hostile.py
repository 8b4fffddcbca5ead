"""Texts that people and attackers type, for the generated tests of mails and calendars.

`PAMONG_FUZZ_EXAMPLES=100000 pytest tests/mail` makes a long run of them; the default is quick.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

QUICK = settings(
    max_examples=int(os.environ.get("PAMONG_FUZZ_EXAMPLES", "80")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

KNOWN = (
    "", " ", ".", "Bu Ratna, S.Pd.", 'Ratna "Bu" <x@y.example>', "a\r\nBcc: pencuri@jahat.example",
    "a\nEND:VEVENT\nBEGIN:VEVENT\nUID:x", "a\r\n\r\n<script>",
    "x\x00\x07\x1b\x7f", "a\x85b\u2028c\u2029d\x0be\x0cf",
    "=?utf-8?q?=0D=0ABcc=3A_x=40y.example?=", "Ünï cödé " * 20,
    "👩‍👩‍👧‍👦" * 40, "\u202egpj.exe", "\ud800", "\\n\\,\\;\\\\",
    "a;b,c:d\"e^n^'f", "%(name)s {{ 7*7 }} {% x %}", "a" * 10_000, "é," * 5_000,
    "SMAN 1;X=Y:mailto:z@z.example",
    "\ufeffBOM", "نص عربي", "BEGIN:VALARM", "\t\t", "=" * 200, ".\r\n.\r\n", "From here", "a@b.example",
)
texts = st.one_of(
    st.sampled_from(KNOWN),
    st.text(max_size=300),
    st.text(alphabet=st.sampled_from("a \r\n\t\0:;,\"\\<>@=?^.é👪\u2028\x85"), max_size=120),
    st.builds(lambda one, other: one + other, st.sampled_from(KNOWN), st.text(max_size=60)),
)
