"""The HTML report in a browser, read by parsers and judged by tools that we did not write.

HUBDRIFT_REPORTS_DIR is a folder of SCENARIO.html and SCENARIO.json that the tests
of the core left. Chromium is the system's own; without it the tests that
need one are skipped.
"""

import json
import os
import shutil
from pathlib import Path

import html5lib
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

FOLDER = os.environ.get("HUBDRIFT_REPORTS_DIR")
if not FOLDER:
    pytest.skip("HUBDRIFT_REPORTS_DIR is not set", allow_module_level=True)
PAGES = sorted(Path(FOLDER).resolve().glob("*.html"))
NAMES = [page.stem for page in PAGES]
# Large, and looked at by tests of their own.
SMALL = [name for name in NAMES if name != "many"]


def path_of(name):
    return Path(FOLDER).resolve() / f"{name}.html"


def findings_of(name):
    return json.loads(path_of(name).with_suffix(".json").read_text())["findings"]


@pytest.fixture(scope="module")
def chromium():
    path = shutil.which("chromium")
    if not path:
        pytest.skip("there is no chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium):
    """Opens a page; whatever the browser complains of, asks for or is stopped by fails the test."""
    contexts, complaints = [], []

    def visit(name, width=1280, **options):
        context = chromium.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        uri = path_of(name).as_uri()
        page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
        page.on(
            "request",
            lambda request: request.url.split("#")[0] == uri or complaints.append(f"asked for {request.url}"),
        )
        page.goto(uri)
        return page

    visit.complaints = complaints
    yield visit
    for context in contexts:
        context.close()
    assert complaints == []


def shown(page):
    """How many findings are seen."""
    return page.locator(".row:visible").count()


def matches(page):
    return page.locator("#filter-matches").inner_text()


def test_there_are_pages():
    assert {"clean", "drift", "policy", "incomplete", "everything", "errors", "hostile", "many"} <= set(NAMES)


@pytest.mark.parametrize("name", SMALL)
def test_a_strict_parser_takes_it(name):
    html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(path_of(name).read_bytes())


@pytest.mark.parametrize("name", SMALL)
def test_nothing_runs_that_is_not_ours_and_the_network_is_left_alone(name, visit):
    page = visit(name)
    assert page.locator("script").count() == 1
    assert page.locator("iframe, object, embed, img, link, base").count() == 0
    assert page.title().endswith("(hubdrift)")


def test_the_policy_is_in_force(visit):
    page = visit("everything")
    page.evaluate(
        """() => {
            const script = document.createElement('script');
            script.textContent = 'window.ran = true';
            document.body.append(script);
            const image = document.createElement('img');
            image.setAttribute('onerror', 'window.ran = true');
            image.src = 'https://aws.amazon.com/x.png';
            document.body.append(image);
            document.body.setAttribute('style', 'display: none');
        }"""
    )
    page.wait_for_timeout(200)
    assert page.evaluate("window.ran") is None
    assert page.locator("h1").is_visible()
    assert len(visit.complaints) >= 3
    assert all("Content Security Policy" in complaint or "aws.amazon.com" in complaint for complaint in visit.complaints)
    visit.complaints.clear()


def test_every_filter_finds_what_the_json_report_says(visit):
    findings = findings_of("everything")
    page = visit("everything")
    # What is unread together with its target is told with it, once.
    total = shown(page)
    assert matches(page) == f"{total} findings"

    def finds(expected):
        assert shown(page) == expected > 0
        assert matches(page) == f"{expected} of {total} findings"
        page.get_by_role("button", name="Clear").click()
        expect(page.locator("#filter-matches")).to_have_text(f"{total} findings")

    for kind in ("policy", "changed", "missing", "rule_error", "stale_waiver"):
        page.get_by_label("Kind").select_option(kind)
        finds(sum(finding["kind"] == kind for finding in findings))
    page.get_by_label("Severity").select_option("low")
    finds(sum(finding["severity"] == "low" for finding in findings))
    page.get_by_label("Target", exact=True).select_option(label="b-prod")
    finds(sum(finding["address"].startswith("b-prod/") for finding in findings))
    page.get_by_label("only what counts").check()
    page.get_by_label("Kind").select_option("policy")
    finds(sum(finding["counted"] and finding["kind"] == "policy" for finding in findings))
    page.get_by_label("Text").fill("KMS-key-set  snow")
    finds(sum(finding["rule"] == "kms-key-set" and "snow" in finding["address"] for finding in findings))

    page.get_by_label("Text").fill("no such thing")
    assert shown(page) == 0 and matches(page) == f"0 of {total} findings"
    assert page.get_by_text("No finding matches.").is_visible()
    assert page.locator(".group:visible").count() == 0


def test_the_filter_works_with_the_keyboard_alone(visit):
    page = visit("everything")
    total = shown(page)
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "filter-text"
    page.keyboard.type("description")
    assert 0 < shown(page) < total
    # A second slash is text.
    page.keyboard.type("/")
    assert page.get_by_label("Text").input_value() == "description/"
    page.keyboard.press("Escape")
    expect(page.locator("#filter-matches")).to_have_text(f"{total} findings")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "filter-kind"
    page.keyboard.press("ArrowDown")
    assert 0 < shown(page) < total
    for expected in ("filter-severity", "filter-target", "filter-counts"):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == expected
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    # A group folds with the keyboard too.
    summary = page.locator(".group:visible > summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert not page.locator(".group:visible").first.evaluate("group => group.open")


def test_the_count_of_matches_is_announced(visit):
    page = visit("everything")
    assert page.get_by_role("status").get_attribute("id") == "filter-matches"


def test_a_target_s_tile_shows_its_findings(visit):
    page = visit("everything")
    page.locator(".tile a", has_text="b-prod").click()
    addresses = page.locator(".group:visible h3").all_inner_texts()
    assert addresses and all(address.startswith("b-prod") for address in addresses)


@pytest.mark.parametrize("name", ["everything", "incomplete", "policy", "errors"])
def test_without_scripts_all_findings_are_seen_and_no_filter(name, visit):
    page = visit(name, java_script_enabled=False)
    rows = page.locator(".row")
    assert rows.count() == shown(page)
    assert rows.count() > 0 or name == "errors"
    assert page.locator("#filter:visible").count() == 0
    assert page.locator("h1").is_visible()


@pytest.mark.parametrize("name", NAMES)
def test_a_phone_scrolls_one_way_only(name, visit):
    page = visit(name, width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page = visit(name, width=320)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["clean", "everything", "errors", "report_only", "hostile"])
def test_the_accessibility_checker_finds_nothing(name, scheme, visit):
    page = visit(name, color_scheme=scheme)
    page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def test_light_and_dark_differ(visit):
    ground = "getComputedStyle(document.body).backgroundColor"
    light = visit("clean", color_scheme="light").evaluate(ground)
    dark = visit("clean", color_scheme="dark").evaluate(ground)
    assert light != dark


def test_printing_unfolds_everything_and_folds_it_again(visit):
    page = visit("everything")
    folded = page.locator("details:not([open])").count()
    assert folded > 0
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details:not([open])").count() == folded
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert not page.get_by_label("Kind").is_visible()


def test_thousands_of_connectors_are_filtered(visit):
    page = visit("many")
    groups = page.locator(".group")
    assert groups.count() == 5000
    # Folded, each still says what it is about.
    assert page.locator(".group[open]").count() == 0
    assert page.locator(".group .gist").count() == 5000
    page.get_by_label("Text").fill("jira-004242")
    assert page.locator(".group:visible").count() == 1
    assert page.locator(".group:visible h3").text_content() == "account-42/jira-004242"
    page.get_by_role("button", name="Unfold all").click()
    assert page.locator(".group:visible .row:visible").count() > 0
