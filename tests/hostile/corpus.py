"""Sixty texts that break what was written without thinking of them."""

from __future__ import annotations

CORPUS: tuple[str, ...] = (
    # Markup and script, in every place where a page may put a text.
    "<script>x7q(1)</script>",
    '"><script>x7q(2)</script>',
    "'><img src=x7q onerror=x7q(3)>",
    '" autofocus onfocus="x7q(4)',
    "' onmouseover='x7q(5)",
    "</textarea><svg/onload=x7q(6)>",
    "</title><iframe src=//x7q.example>",
    "<!--<x7q>--><b>x7q</b>",
    "javascript:x7q(9)//\"'<x7q>",
    "<a href='data:text/html,x7q'>x7q</a>",
    "&lt;x7q&gt;<x7q>&amp;",
    "<math><x7q href=javascript:x7q()>",
    # Templates and format strings.
    "{{ 7*7 }}<x7q>{% for x in y %}",
    "${7*7}#{7*7}<%= 7*7 %>",
    "%(name)s %s %d %n {0} {name!r} {}",
    "{{ config.SECRET_KEY }}{{ self.__init__ }}",
    # SQL, LDAP, shells, paths.
    "'; DROP TABLE outbox; --",
    "1 OR 1=1) UNION SELECT password FROM users --",
    "\\'; SELECT pg_sleep(10); --",
    "%' AND name LIKE '%\\_%\\",
    "*)(uid=*))(|(uid=*",
    "$(reboot) `reboot` | reboot; reboot &",
    "../../../../etc/passwd",
    "..\\..\\windows\\win.ini\x00.png",
    "file:///etc/passwd",
    "http://169.254.169.254/latest/meta-data/",
    # Lines and headers.
    "satu\r\nBcc: pencuri@jahat.example\r\n\r\nisi",
    "satu\nEND:VEVENT\nBEGIN:VEVENT\nUID:x7q",
    "Set-Cookie: x7q=1\r\nLocation: //x7q.example",
    ".\r\n.\r\nQUIT\r\n",
    "=?utf-8?q?=0D=0ABcc=3A_x=40y.example?=",
    "\u2028baris\u2029lain\x85lain\x0blain\x0clagi",
    # Characters that are more, or less, than they seem.
    "\x00",
    "nol\x00di tengah",
    "\x01\x02\x07\x08\x1b[31m\x7f",
    "\ud800 setengah",
    "\ufeff\u200b\u200c\u200d\u2060",
    "\u202emoc.elgoog\u202c",
    "Z̸̧̢͎̺a̵̡̨̛l̷̡̧g̵̢̨o̶̢̡ " + "\u0301" * 300,
    "👩‍👩‍👧‍👦🏳️‍🌈" * 40,
    "İıſKÅﬀ ẞß ǅ",
    "نص عربي من اليمين שלום",
    "日本語テキスト　全角",
    "ａｄｍｉｎ＠ｃｏｎｔｏｈ",
    # Spreadsheets and letters.
    '=HYPERLINK("http://x7q.example","klik")',
    "+cmd|' /C calc'!A0",
    "@SUM(1+9)*cmd|' /C calc'!A0",
    "\t=1+1",
    # Numbers, dates and things that are parsed.
    "-1",
    "0",
    "9" * 40,
    "1e309",
    "NaN",
    "٣",
    "2026-02-30",
    "9999-12-31T23:59:60+99:99",
    "0000-00-00",
    # Too much, and nothing.
    "",
    "   \t  ",
    "a" * 100_000,
)
"""Texts with markup hold `x7q`, so that a page which repeats them as they are is found."""

MARKED = tuple(text for text in CORPUS if "x7q" in text and any(sign in text for sign in "<>\"'"))
EVERYWHERE = "\"'><x7q-stored onclick=x7q(0)>{{ 7*7 }}</textarea></title>"
"""One text for every field at once: it must come out as text on whichever page it is shown later."""
