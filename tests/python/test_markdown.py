"""cmark-gfm, which is GitHub's own renderer, and markdown-it read the Markdown report.

HUBDRIFT_REPORTS_DIR is the folder in which the core tests left their reports.
"""

import json
import os
import re
from pathlib import Path

import cmarkgfm
import lxml.html
import pytest
from cmarkgfm.cmark import Options
from markdown_it import MarkdownIt

# What we write ourselves; all else could only come from somebody's text.
TAGS = {
    "a", "blockquote", "body", "code", "details", "div", "h2", "h3", "html", "li", "p", "pre", "strong",
    "summary", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip

# What GitHub makes links of after rendering, but for what stands in code.
LINKED_LATER = re.compile(
    r"@\w|#\d|\bGH-\d|\b[0-9a-f]{7,40}\b|www\.|://|:\w+:", re.IGNORECASE
)


def reports():
    folder = os.environ.get("HUBDRIFT_REPORTS_DIR")
    if not folder:
        pytest.skip("HUBDRIFT_REPORTS_DIR is not set")
    found = sorted(Path(folder).glob("*.markdown"))
    assert found, folder
    return found


def by_github(text):
    return cmarkgfm.github_flavored_markdown_to_html(text, Options.CMARK_OPT_UNSAFE)


def by_markdown_it(text):
    # linkify is another package; cmark-gfm covers what becomes a link.
    return MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough").render(text)


def pages():
    for path in reports():
        audit = json.loads(path.with_suffix(".json").read_text())
        for render in (by_github, by_markdown_it):
            page = lxml.html.document_fromstring(f"<div>{render(path.read_text())}</div>")
            yield path, audit, page


def code(page):
    return [element.text_content() for element in page.iter("code")]


def outside_of_code(element):
    """The texts that are in no code and no link."""
    if element.tag in ("code", "pre", "a"):
        return
    yield element.text or ""
    for child in element:
        yield from outside_of_code(child)
        yield child.tail or ""


def test_no_tag_comes_from_a_text():
    for path, audit, page in pages():
        tags = {element.tag for element in page.iter()}
        assert tags <= TAGS, (path, tags - TAGS)
        for element in page.iter():
            # GitHub's renderer aligns no column of ours.
            assert set(element.attrib) <= {"href", "class", "lang"}, (path, element.attrib)


def test_only_the_help_of_a_rule_is_a_link():
    for path, audit, page in pages():
        uris = {rule["help_uri"] for rule in audit["rules"]}
        links = {link.get("href") for link in page.iter("a")}
        assert links <= {uri for uri in uris if uri and uri.startswith("https://")}, path


def test_github_makes_nothing_else_of_a_text():
    for path, _, page in pages():
        for text in outside_of_code(page):
            assert not LINKED_LATER.search(text), (path, text)
            # Nor is there markup left that a stricter reader might take for some.
            assert not re.search(r"[`|<>*_\[\]\\]", text), (path, text)


def test_tables_have_the_columns_of_their_heads():
    # A reader takes what is too much away and fills what lacks, so the source is looked at.
    for path in reports():
        columns = None
        for line in path.read_text().splitlines():
            if not line.startswith("| "):
                columns = None
                continue
            cells = len(re.split(r"(?<!\\)\|", line)) - 2
            columns = columns or cells
            assert cells == columns, (path, line)
    for path, _, page in pages():
        for table in page.iter("table"):
            counts = {len(row) for row in table.iter("tr")}
            assert len(counts) == 1, path


def told(audit):
    """The findings that are told one by one: not those which say again of a connector what its target says."""
    reasons = {it["name"]: it["reason"] for it in audit["targets"] if it["reason"]}

    def same(connector):
        unread, reason = connector["unread"], reasons.get(connector["target"])
        return unread and reason and all(unread[key] == reason[key] for key in ("kind", "message")) and not connector["drift"]

    lost = {it["address"] for it in audit["connectors"] if same(it)}
    return [it for it in audit["findings"] if it["kind"] != "unread" or it["address"] not in lost]


def test_every_finding_is_a_row():
    for path, audit, page in pages():
        rows = [
            row
            for table in page.iter("table")
            if table.getparent().tag != "details" and [th.text_content() for th in table.iter("th")][:2] == ["kind", "address"]
            for row in table.iter("tr")
            if row.find("td") is not None
        ]
        kinds = sorted(row[0].text_content().replace(" ", "_") for row in rows)
        assert kinds == sorted(finding["kind"] for finding in told(audit) + audit["resolved"]), path


def test_a_fold_holds_its_connector():
    for path, audit, page in pages():
        folds = list(page.iter("details"))
        addresses = {finding["address"] for finding in told(audit)} & {it["address"] for it in audit["connectors"]}
        # An address that is there twice is told once.
        assert len(folds) == len(addresses), path
        for fold in folds:
            assert fold[0].tag == "summary" and fold.getparent().tag in ("div", "body"), path
            assert len(list(fold.iter("details"))) == 1, path


def test_drift_is_a_table_of_observed_and_expected():
    for path, audit, page in pages():
        if path.stem != "drift":
            continue
        (table,) = [it for it in page.iter("table") if "expected" in [th.text_content() for th in it.iter("th")]]
        rows = [[cell.text_content() for cell in row] for row in table.iter("tr")][1:]
        assert rows[0][:3] == ["description", '"Jira"', '"it\'s ours"']
        assert rows[2][1:4:2] == ["(absent)", "must be replaced"]
        assert rows[4][2] == "matches /^[a-z]+\\.atlassian\\.net$/"
        assert table.getparent().tag == "details"


def shown(text):
    """A text as hubdrift makes it visible."""
    text = text.replace("\n", "\\n").replace("\r", "\\r")
    text = re.sub(r"##(?=\[|vso\[)", r"#\\u{23}", text)
    steers = r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff]"
    text = re.sub(steers, lambda it: f"\\u{{{ord(it.group()):x}}}", text)
    return text.replace("\\|", "\\\\u{7c}")


def test_code_holds_what_was_said():
    seen = 0
    for path, audit, page in pages():
        if not path.stem.startswith("hostile"):
            continue
        spans = code(page)
        for connector in audit["connectors"]:
            # A reader takes one space from each end of a span; ours has it there for that.
            assert shown(connector["name"]) in spans, (path, connector["name"])
            seen += 1
    assert seen > 100
