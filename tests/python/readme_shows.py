"""Holds a README to what a command prints: its output must stand there in a fenced block, line for line.

Usage: readme_shows.py README.md OUTPUT
"""

import re
import sys

readme, output = (open(path, encoding="utf-8").read() for path in sys.argv[1:3])
blocks = re.findall(r"^```text\n(.*?)^```$", readme, flags=re.S | re.M)
if output.strip("\n") not in [block.strip("\n") for block in blocks]:
    print("the README does not show what the command prints:\n" + output, file=sys.stderr)
    sys.exit(1)
