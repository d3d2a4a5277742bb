"""What the library exports is what its headers declare: no more, no less."""

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(os.environ["TSTREAM_SOURCE_DIR"])
LIBRARY = Path(os.environ["TSTREAM_LIBRARY"])
ARCHIVE = LIBRARY.parent / "libtstream.a"
DECLARATION = re.compile(r"^TSTREAM_API\s[^;(]*?(\w+)\(", re.M)


def output(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def declared():
    return {name for header in (ROOT / "include/tstream").glob("*.h")
            for name in DECLARATION.findall(header.read_text())}


def exported():
    """name -> version node, of everything but the node itself."""
    lines = output("nm", "--dynamic", "--defined-only", "--with-symbol-versions", str(LIBRARY))
    symbols = [line.split()[-2:] for line in lines.splitlines()]
    return dict(name.split("@@") for kind, name in symbols if kind != "A")


def test_headers_declare_functions():
    assert "tstream_version" in declared() and len(declared()) > 40


def test_exactly_what_the_headers_declare_is_exported():
    assert set(exported()) == declared()


def test_every_symbol_carries_the_version_node_of_its_soname():
    assert set(exported().values()) == {"TSTREAM_0"}


def test_the_soname_changes_only_with_the_abi():
    assert "SONAME               libtstream.so.0\n" in output("objdump", "-p", str(LIBRARY))


def test_programs_load_nothing_but_what_docs_dependencies_names():
    needed = set(re.findall(r"NEEDED\s+(\S+?)\.so", output("objdump", "-p", str(LIBRARY))))
    assert needed <= {"libtorrent-rasterbar", "libcurl", "libuchardet", "libexpat", "libjansson",
                      "libutf8proc", "libhiredis", "libsqlite3",
                      "libpq", "libsodium", "libssl", "libcrypto", "libstdc++",
                      "libgcc_s", "libc", "libm", "ld-linux-x86-64", "ld-linux-aarch64"}


def test_names_in_the_archive_cannot_clash_with_a_programs_own():
    lines = output("nm", "--extern-only", "--defined-only", "--format=posix", str(ARCHIVE))
    names = {line.split()[0] for line in lines.splitlines() if len(line.split()) > 1}
    assert "tstream_version" in names
    # _Z: C++, whose names carry their namespace; Boost has an extern "C" function of its own.
    ours = ("tstream_", "tsi_", "_Z", "DW.ref.", "boost_asio_")
    clash = {name for name in names if not name.startswith(ours)}
    assert not clash
