"""GitHub's annotations, read as actions/runner reads a step's output.

For each line: blanks in front are taken away; what begins with `::` and has a second `::` is a
command; its name ends at the first blank; its properties are divided by commas, a key from its value
by the first equals sign; values and data are unescaped, the percent sign last. What is no such
command may still be one of the older form, `##[name]`, wherever that stands in the line.
"""

import re

import pytest
import sample_reports

ANNOTATIONS = ("error", "warning", "notice")
# GitHub shows ten of each kind a step, and the runner cuts a message at 4,096 characters.
SHOWN, LONGEST = 10, 4096


def unescape(text, escapes):
    for escape, character in escapes:
        text = text.replace(escape, character)
    return text.replace("%25", "%")


DATA = (("%0D", "\r"), ("%0A", "\n"))
PROPERTY = (*DATA, ("%3A", ":"), ("%2C", ","))


def command(line):
    line = line.lstrip()
    end = line.find("::", 2)
    if not line.startswith("::") or end < 0:
        return None
    name, _, properties = line[2:end].partition(" ")
    pairs = [pair.split("=", 1) for pair in properties.strip().split(",") if pair]
    return (
        name.lower(),
        {pair[0].lower(): unescape(pair[1], PROPERTY) for pair in pairs if len(pair) == 2 and pair[1]},
        unescape(line[end + 2 :], DATA),
    )


def commands(path):
    # As it came: no line end of another platform may be hidden by reading.
    text = path.read_bytes().decode("utf-8")
    assert not sample_reports.has_unsafe(text)
    return [(line, command(line)) for line in re.split("\r\n|\r|\n", text) if line]


@pytest.mark.parametrize("path", sample_reports.each("github"))
def test_every_line_is_an_annotation_and_nothing_else(path):
    found = commands(path)
    assert found
    for line, parsed in found:
        assert parsed, line
        name, properties, data = parsed
        assert name in ANNOTATIONS, line
        assert set(properties) <= {"file", "line", "col", "title"}, line
        assert properties["title"] and data and len(data) < LONGEST, line
        assert "##[" not in line
        assert {"line", "col"} <= set(properties) or "file" not in properties, line
        assert all(int(properties.get(key, 1)) > 0 for key in ("line", "col"))
    for name in ANNOTATIONS:
        assert sum(parsed[0] == name for _, parsed in found) <= SHOWN


@pytest.mark.parametrize("path", sample_reports.each("github"))
def test_a_step_has_an_error_if_and_only_if_the_run_ends_badly(path):
    code = sample_reports.audit_of(path)["verdict"]["exit_code"]
    found = [parsed for _, parsed in commands(path)]
    assert any(name == "error" for name, _, _ in found) == (code != 0)
    assert found[-1][0] == "notice" and found[-1][1]["title"].endswith(f"exit={code}")


def test_the_reader_is_one_that_finds_a_command():
    assert command("  ::error file=a%2Cb,line=1::x%250A%0Ay") == ("error", {"file": "a,b", "line": "1"}, "x%0A\ny")
    assert command("x ::error::y") is None
