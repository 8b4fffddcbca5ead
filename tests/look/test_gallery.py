"""Every macro on one page, and Flask-Admin's pages, as a browser shows them."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.browser

PAGES = {
    "gallery": "/gallery",
    "guest": "/guest",
    "admin list": "/gallery/admin/people/",
    "admin list, filtered": "/gallery/admin/people/?flt0_0=principal&search=Contoh",
    "admin list, empty": "/gallery/admin/people/?search=nobody",
    "admin form": "/gallery/admin/people/new/",
    "admin details": "/gallery/admin/people/details/?id=1",
}
SIZES = {"desktop": (1280, 900), "phone": (360, 740)}
TOUCHED = ", ".join(
    f"{part} {kind}"
    for part in ("header", "main")
    for kind in ("a", "button", "summary", "select", "textarea", "input:not([type=hidden])")
)
ALL_RULES: dict = {}
RULES_OF_COLOUR = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
RETRY_MS = 5000  # as autosave.js has it
# A link inside a sentence may be as high as its line; a tick box is touched on its whole label.
TOO_SMALL = f"""[...document.querySelectorAll('{TOUCHED}')]
  .map(e => e.matches('input[type=checkbox], input[type=radio]') ? e.closest('.choice') : e)
  .filter(e => !e.closest('p, .skip-link') && e.getClientRects().length)
  .filter(e => e.getBoundingClientRect().height < 43.5)
  .map(e => e.outerHTML.slice(0, 90))"""


@pytest.fixture
def open_page(chromium, gallery):
    opened = []

    def go(path, size="desktop", **options):
        width, height = SIZES[size]
        page = chromium.new_page(viewport={"width": width, "height": height}, **options)
        page.problems = []
        page.on("console", lambda said: page.problems.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.goto(gallery + path)
        opened.append(page)
        return page

    yield go
    for page in opened:
        page.close()


def what_axe_finds(page, rules) -> list[tuple[str, str]]:
    """Rule and first place of what it has to say."""
    report = Axe().run(page, options={"resultTypes": ["violations"]} | rules)
    return [(found["id"], found["nodes"][0]["html"]) for found in report.response["violations"]]


@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("path", list(PAGES.values()), ids=list(PAGES))
def test_axe_finds_nothing_and_the_page_does_not_scroll_sideways(open_page, path, size):
    page = open_page(path, size)
    assert what_axe_finds(page, ALL_RULES) == []
    if size == "desktop":
        # The same page in the dark: nothing but its colours is another.
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        assert what_axe_finds(page, RULES_OF_COLOUR) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    assert page.problems == []


@pytest.mark.parametrize("path", ["/gallery", "/guest", "/gallery/admin/people/"])
def test_whatever_is_touched_on_a_phone_is_as_high_as_a_thumb(open_page, path):
    assert open_page(path, "phone").evaluate(TOO_SMALL) == []


@pytest.mark.parametrize("width", [360, 720])
@pytest.mark.parametrize("path", ["/gallery", "/gallery/admin/people/"])
def test_an_open_menu_stays_inside_the_window(open_page, path, width):
    page = open_page(path, "phone")
    page.set_viewport_size({"width": width, "height": 740})
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    panels = page.locator(".menu-panel, .confirm-panel").all()
    assert panels
    for panel in panels:
        box = panel.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_escape_twice_leaves_the_page_and_its_place_in_the_history(open_page, gallery):
    page = open_page("/gallery")
    page.keyboard.press("Escape")
    assert page.url == gallery + "/gallery"
    page.keyboard.press("Escape")
    page.wait_for_url(gallery + "/neutral")
    assert page.evaluate("history.length") <= 2


def test_text_saves_itself_and_says_so(open_page):
    page = open_page("/gallery")
    page.fill("#text", "Explains well.")
    page.wait_for_selector("[data-autosave-state][data-state=saved]")
    assert page.get_attribute("#text", "data-version") == "4"


def test_text_typed_before_the_scripts_have_come_is_saved_too(chromium, gallery):
    page = chromium.new_page()
    held = []
    page.route("**/js/main.js", lambda route: held.append(route))
    page.goto(gallery + "/gallery", wait_until="commit")
    page.fill("#text", "Typed at once.")
    assert page.locator("[data-autosave-state]").first.get_attribute("data-state") is None
    held[0].continue_()
    page.wait_for_selector("[data-autosave-state][data-state=saved]")
    page.close()


def test_without_a_connection_the_text_stays_and_is_saved_later(open_page):
    page = open_page("/gallery")
    page.context.set_offline(True)
    page.fill("#text", "Written in the bus.")
    page.wait_for_selector("[data-autosave-state][data-state=waiting]")
    assert page.input_value("#text") == "Written in the bus."
    page.context.set_offline(False)
    page.wait_for_selector("[data-autosave-state][data-state=saved]")


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ({"status": 401, "json": {"error": "You are signed out."}}, "signedOut"),
        ({"status": 302, "headers": {"Location": "/healthz"}}, "waiting"),
    ],
)
def test_signed_out_while_writing_is_said_and_the_text_is_saved_after_the_sign_in(open_page, answer, state):
    page = open_page("/gallery")
    page.clock.install()
    where = "**" + page.get_attribute("#text", "data-autosave-url")
    page.route(where, lambda route: route.fulfill(**answer))
    page.fill("#text", "Written for an hour.")
    page.wait_for_selector(f"[data-autosave-state][data-state={state}]")
    assert page.inner_text("[data-autosave-state]").startswith("Not saved yet")
    page.unroute(where)
    page.clock.fast_forward(RETRY_MS)
    page.wait_for_selector("[data-autosave-state][data-state=saved]")
    assert page.input_value("#text") == "Written for an hour."


@pytest.mark.parametrize(
    ("choice", "kept"), [("Keep mine", "My second text."), ("Take theirs", "What the other browser wrote.")]
)
def test_when_two_wrote_the_same_field_the_second_sees_both_texts_and_chooses(open_page, choice, kept):
    page = open_page("/gallery")
    page.evaluate("document.querySelector('#text').dataset.version = '2'")
    page.fill("#text", "My second text.")
    page.wait_for_selector(".conflict")
    assert [part.inner_text() for part in page.query_selector_all(".conflict pre")] == [
        "My second text.",
        "What the other browser wrote.",
    ]
    page.get_by_role("button", name=choice).click()
    assert page.input_value("#text") == kept
    assert page.locator("#text[readonly]").count() == 0


def test_a_row_is_added_with_fields_of_its_own(open_page):
    page = open_page("/gallery")
    page.get_by_role("button", name="Add a person").click()
    assert page.evaluate("document.activeElement.name") == "person-2-name"


def test_progress_is_followed_to_its_end(open_page):
    page = open_page("/gallery")
    page.locator("[data-progress-count]", has_text="20/20").wait_for()
    assert page.inner_text("[data-progress-state]") == "All 20 are ready."


def test_a_row_is_looked_up_by_keyboard(open_page):
    page = open_page("/gallery")
    page.get_by_role("combobox", name="Class teacher").fill("con")
    page.wait_for_selector("[role=option]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.input_value("input[name=teacher]") == "8"
    assert page.get_by_role("combobox", name="Class teacher").input_value() == "Bu Contoh"


def test_ticked_rows_reach_the_action_of_a_list(open_page, gallery_app):
    page = open_page("/gallery/admin/people/")
    page.get_by_label("All on this page").check()
    page.locator("input[name=rowid]").first.uncheck()
    page.get_by_role("button", name="Invite again").click()
    page.wait_for_load_state()
    assert gallery_app.extensions["people_view"].ticked == ["2", "3", "4", "5"]


def test_the_gallery_reads_and_its_forms_show_without_scripts(open_page):
    page = open_page("/gallery", java_script_enabled=False)
    assert page.locator("textarea#text").is_visible()
    page.get_by_text("Close…").click()
    assert page.get_by_role("button", name="Close the case").is_visible()
    assert page.locator("[data-repeat-add]").is_hidden()
