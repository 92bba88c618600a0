"""Reads a JUnit report as others do: with lxml and with junitparser.

Usage: read_junit.py FILE [XSD]

Prints how many cases passed, failed, erred and were skipped. Ends with 1 when
a reader refuses the file, the readers disagree, a (classname, name) is not
unique, or the file doesn't satisfy the XSD that was given. An XSD is used
without the attribute `file`, which many readers know and few schemas allow.
"""

import sys

import junitparser
from lxml import etree


def count_with_lxml(tree):
    counts = {"passed": 0, "failure": 0, "error": 0, "skipped": 0}
    seen = set()
    for case in tree.iter("testcase"):
        key = (case.get("classname"), case.get("name"))
        if not all(key):
            raise ValueError(f"a case without class or name: {key}")
        if key in seen:
            raise ValueError(f"a case is there twice: {key}")
        seen.add(key)
        if len(case) > 1:
            raise ValueError(f"more than one result: {key}")
        counts[case[0].tag if len(case) else "passed"] += 1
    return counts


def count_with_junitparser(path):
    kinds = {
        junitparser.Failure: "failure",
        junitparser.Error: "error",
        junitparser.Skipped: "skipped",
    }
    counts = {"passed": 0, "failure": 0, "error": 0, "skipped": 0}
    for suite in junitparser.JUnitXml.fromfile(path):
        of_suite = {"failure": 0, "error": 0}
        for case in suite:
            kind = kinds[type(case.result[0])] if case.result else "passed"
            counts[kind] += 1
            if kind in of_suite:
                of_suite[kind] += 1
        if (suite.failures, suite.errors) != (of_suite["failure"], of_suite["error"]):
            raise ValueError(f"suite {suite.name} doesn't say how many failed")
    return counts


def main(path, xsd=None):
    tree = etree.parse(path, etree.XMLParser(huge_tree=True))
    counts = count_with_lxml(tree)
    if counts != count_with_junitparser(path):
        raise ValueError("the two readers disagree")
    if xsd is not None:
        for case in tree.iter("testcase"):
            case.attrib.pop("file", None)
        etree.XMLSchema(etree.parse(xsd)).assertValid(tree)
    print(" ".join(f"{kind}={n}" for kind, n in counts.items()))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (OSError, ValueError, etree.LxmlError, junitparser.JUnitXmlError) as error:
        print(f"{sys.argv[1:]}: {error}", file=sys.stderr)
        sys.exit(1)
