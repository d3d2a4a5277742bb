"""The fenced blocks of the documents that people read."""
import os
import re
import typing
from pathlib import Path

ROOT = Path(os.environ["TSTREAM_SOURCE_DIR"])
FENCE = re.compile(r"^```(\S*)\n(.*?)^```$", re.M | re.S)
# Decisions and the architecture are about the code, and have none of their own.
GUIDES = ["README.md", *sorted(str(path.relative_to(ROOT)) for pattern in
                               ("docs/*.md", "bindings/*/README.md", "benchmarks/README.md")
                               for path in ROOT.glob(pattern))]


class Block(typing.NamedTuple):
    """A block, and where it stands."""

    path: str
    line: int
    language: str
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}"


def text(path):
    return (ROOT / path).read_text(encoding="utf-8")


def of(path, *languages):
    """The blocks of a document, in order; of some languages, or all."""
    body = text(path)
    found = [Block(path, body.count("\n", 0, match.start()) + 1, match[1], match[2])
             for match in FENCE.finditer(body)]
    return [block for block in found if not languages or block.language in languages]


def everywhere(*languages):
    return [block for path in GUIDES for block in of(path, *languages)]


def guides_with(*languages):
    return [path for path in GUIDES if of(path, *languages)]


def file_name(block):
    """What a program's first comment calls it."""
    return re.match(r"/\* (\w+\.c)", block.text)[1]
