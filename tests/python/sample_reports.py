"""The reports of the test suite's samples, for readers that we did not write.

HUBDRIFT_REPORTS_DIR is the folder that `cargo test` left them in: `SCENARIO.FORMAT`, the JSON report
of each scenario beside the others. Without it, what asks for them is skipped.
"""

import json
import os
from pathlib import Path

import pytest

READERS = Path(__file__).resolve().parent.parent / "readers"


def each(form):
    """The files of a format as parameters of a test, each with its scenario's name."""
    folder = os.environ.get("HUBDRIFT_REPORTS_DIR")
    if not folder:
        missing = pytest.mark.skip(reason="HUBDRIFT_REPORTS_DIR is not set: no reports to read")
        return [pytest.param(None, id="none", marks=missing)]
    files = sorted(Path(folder).resolve().glob(f"*.{form}"))
    # A folder without reports would be a green run over nothing.
    assert len(files) > 5, f"{folder} holds no {form} reports"
    return [pytest.param(path, id=path.stem) for path in files]


def audit_of(path):
    """The audit that the report at `path` was made of."""
    return json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))


def has_unsafe(text):
    """Whether something in `text` could steer a terminal or a log, or hide in it."""
    hidden = "\u00ad\u061c\u200b\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\ufffe"
    return any(
        (ord(c) < 32 and c != "\n") or 0x7F <= ord(c) < 0xA0 or c in hidden for c in text
    )
