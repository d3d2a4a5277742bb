"""What the public headers declare, for those who compare it with what a binding offers."""

import os
import re
from pathlib import Path

ROOT = Path(os.environ["TSTREAM_SOURCE_DIR"])

_COMMENT = re.compile(r"/\*.*?\*/", re.S)
_FUNCTION = re.compile(r"^TSTREAM_API\s[^;(]*?(\w+)\(", re.M)
_STRUCT = re.compile(r"typedef struct (\w+) \{(.*?)^\} \1;", re.M | re.S)
_FIELD = re.compile(r"(\w+)(?:\[\w+\])?;")
_CONSTANT = re.compile(r"^#define (TSTREAM_\w+)[ \t]+[^\s\\(]*[\d(-]", re.M)

#: every object with the function that ends it: in a binding it is close(), or nothing at all
_OBJECT = re.compile(r"%tsb_object\((tstream_\w+), (\w+), \w+\)")


def _headers():
    return {path.name: _COMMENT.sub("", path.read_text()).replace("\\\n", " ")
            for path in sorted((ROOT / "include/tstream").glob("*.h"))}


def functions():
    """The name of every function."""
    return {name for text in _headers().values() for name in _FUNCTION.findall(text)}


def structs():
    """{name: [fields]} of every struct that a program can see into; function pointers are none."""
    return {name: [field for line in body.splitlines() if "(*" not in line
                   for field in _FIELD.findall(line)]
            for text in _headers().values() for name, body in _STRUCT.findall(text)}


def constants():
    """Every constant; the include guards and the _INIT macros are none."""
    found = {name for text in _headers().values() for name in _CONSTANT.findall(text)}
    return {name for name in found if not name.endswith(("_H", "_INIT", "_API"))}


def enders():
    """{object: the function that ends it}, from the shared interface files."""
    return dict(pair for path in sorted((ROOT / "bindings").glob("*.i"))
                for pair in _OBJECT.findall(path.read_text()))


def initialisers():
    """Functions that fill in defaults: what makes a struct calls them."""
    return {name for name in functions() if name.endswith("_init")}
