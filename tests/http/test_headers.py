"""What browsers may keep: our own files as long as they stay the same, never a page."""

from __future__ import annotations

import re

from webapp.app import fingerprint


def test_styles_and_scripts_may_be_kept_and_pages_may_not(world):
    client = world.app.test_client()
    page = client.get("/login")
    assert page.headers["Cache-Control"] == "no-store"
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js))"', page.text)
    assert len(addresses) >= 4
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    missing = client.get(addresses[0] + "x")
    assert missing.status_code == 404
    assert "immutable" not in missing.headers.get("Cache-Control", "")


def test_the_address_is_another_one_as_soon_as_a_file_changes(tmp_path):
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "main.js").write_text("one")
    first = fingerprint(tmp_path)
    assert fingerprint(tmp_path) == first
    (tmp_path / "js" / "main.js").write_text("two")
    second = fingerprint(tmp_path)
    (tmp_path / "js" / "main.js").rename(tmp_path / "js" / "other.js")
    assert len({first, second, fingerprint(tmp_path)}) == 3
