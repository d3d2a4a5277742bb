"""What troubleshooting quotes is what the library and the server say."""
import re

import pytest

import blocks

PAGE = blocks.text("docs/troubleshooting.md")
# A string, which may go on in the next line.
LITERAL = re.compile(r'(?:"(?:[^"\\\n]|\\.)*"\s*)+')
# The dynamic linker's, and a program's name.
NOT_OURS = {"libtstream.so.0: cannot open shared object file", "ldconfig"}


def quoted_messages(text):
    """What stands in backquotes as it is said: words, and no flag, file, address or command."""
    spans = re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", text, flags=re.S))
    return {span for span in spans
            if re.fullmatch(r"[a-z_]+", span) or (" " in span and span[0] != "-")} - NOT_OURS


@pytest.fixture(scope="module")
def said_somewhere():
    """All that the library, the server and the scripts can say."""
    files = [path for folder in ("lib", "examples/server")
             for path in (blocks.ROOT / folder).rglob("*") if path.suffix in (".c", ".cpp", ".hpp")]
    strings = [re.sub(r'"\s*"', "", match[0]) for path in files
               for match in LITERAL.finditer(path.read_text())]
    return "\n".join([*strings, *(path.read_text() for path in (blocks.ROOT / "script").iterdir())])


def lacking(message, said):
    return [part for part in message.split("...") if part.strip() and
            not re.search(rf"(?<!\w){re.escape(part.strip())}(?!\w)", said)]


def test_troubleshooting_quotes_what_is_really_said(said_somewhere):
    quoted = quoted_messages(PAGE)
    assert len(quoted) > 15
    assert {message: lacking(message, said_somewhere) for message in quoted
            if lacking(message, said_somewhere)} == {}


@pytest.mark.parametrize("column", ["it says", "the stats say"])
def test_troubleshooting_has_messages_in_quotes(column):
    [rows] = re.findall(rf"^\| {column} \|.*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.M)
    assert len(rows.splitlines()) >= 5
    assert [row for row in rows.splitlines() if not row.startswith("| `")] == []


@pytest.mark.parametrize("message", ["waiting for metadata", "disk full", "cannot listen on ... sorry"])
def test_a_message_that_nothing_says_is_noticed(message, said_somewhere):
    assert lacking(message, said_somewhere)
