"""The source tree as the checks see it: which files there are, and C without comments."""

import os
import re
from pathlib import Path

ROOT = Path(os.environ.get("TSTREAM_SOURCE_DIR", Path(__file__).parents[2]))
BUILD = Path(os.environ.get("TSTREAM_BUILD_DIR", ROOT / "build" / "dev"))

LITERAL = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"][^>"]+[>"])', re.M)
NOT_OURS = {"node_modules", "__pycache__", "build"}


def files(*patterns):
    """Paths relative to the root, in order."""
    found = {path.relative_to(ROOT) for pattern in patterns for path in ROOT.glob(pattern)
             if path.is_file()}
    return sorted(path for path in found if not NOT_OURS & set(path.parts))


def text(path):
    return (ROOT / path).read_text()


def code(path, keep_strings=False):
    """A C file without its comments and what its strings say; line numbers stay right."""
    def blank(match):
        if keep_strings and match[0][0] in "\"'":
            return match[0]
        return ('""' if match[0][0] == '"' else "") + "\n" * match[0].count("\n")
    return LITERAL.sub(blank, text(path))


def includes(path):
    """What it includes, as "name" or <name>."""
    return INCLUDE.findall(code(path, keep_strings=True))


def line_of(source, offset):
    return source.count("\n", 0, offset) + 1
