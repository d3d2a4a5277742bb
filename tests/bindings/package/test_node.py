"""What npm packs installs from the tarball: against an installed library, or with its sources.

TSTREAM_NODES   more node programs to run the one build on, with colons between
"""

import os
import shutil
import subprocess

import pytest
from test_python import ROOT, TOOLS, complete, environment, prefix, run  # noqa: F401

PACKAGE = ROOT / "bindings/node"
TESTS = ROOT / "tests/bindings/node"
NODES = [os.environ.get("TSTREAM_NODE", "node"),
         *filter(None, os.environ.get("TSTREAM_NODES", "").split(":"))]

#: reads a torrent that is complete on disk, through a require and through an import
READ = """
const assert = require("node:assert");
const fs = require("node:fs");
const { Session } = require("tstream");

(async () => {
    assert.equal((await import("tstream")).Session, Session);
    const [dataDir, infohash, expected] = process.argv.slice(2);
    const session = await Session.open(dataDir,
        { listen: "127.0.0.1:0", dht: false, lsd: false, portMapping: false });
    const torrent = await (await session.openStored(infohash)).metadata({ timeoutMs: 20000 });
    const parts = [];
    for await (const part of torrent.stream()) parts.push(part);
    assert.ok(Buffer.concat(parts).equals(fs.readFileSync(expected)));
    const web = Buffer.from(await new Response(torrent.webStream()).arrayBuffer());
    assert.ok(web.equals(fs.readFileSync(expected)));
    await session.close();
    await assert.rejects(async () => session.stats(), { name: "ClosedError" });
    console.log("read by", process.version);
})();
"""


@pytest.fixture(scope="module")
def tarball(tmp_path_factory):
    """Packed from a copy, so that nothing is left in the tree."""
    copy = tmp_path_factory.mktemp("pack")
    for name in ("CMakeLists.txt", "LICENSE", "cmake", "include", "lib", "pkgconfig"):
        (copy / name).symlink_to(ROOT / name)
    ignored = shutil.ignore_patterns("build", "node_modules", "libtstream", "*.tgz")
    shutil.copytree(PACKAGE, copy / "bindings/node", ignore=ignored)
    for name in ("handle.h", "history.i", "tstream.i"):
        shutil.copy(ROOT / "bindings" / name, copy / "bindings" / name)
    run("npm", "pack", "--silent", cwd=copy / "bindings/node",
        env=environment(SWIG=str(TOOLS / "swig")))
    assert not (copy / "bindings/node/libtstream").exists()
    return next((copy / "bindings/node").glob("tstream-*.tgz"))


def install(tarball, directory, **more):
    """npm install, with node-addon-api from where the tests have it: no registry is asked."""
    directory.mkdir()
    addon_api = TESTS / "node_modules/node-addon-api"
    (directory / "package.json").write_text(
        '{"private": true, "dependencies": {"node-addon-api": "file:%s"}}' % addon_api)
    run("npm", "install", "--no-audit", "--no-fund", "--foreground-scripts", tarball, cwd=directory,
        env=environment(CMAKE_C_COMPILER_LAUNCHER="ccache", CMAKE_CXX_COMPILER_LAUNCHER="ccache",
                        CCACHE_BASEDIR=str(directory), CCACHE_NOHASHDIR="1", **more))
    (directory / "read.js").write_text(READ)
    return directory


@pytest.mark.timeout(400)
def test_npm_installs_against_an_installed_library(tarball, prefix, complete, tmp_path):
    pkg_config = str(next(prefix.glob("**/pkgconfig")))
    home = install(tarball, tmp_path / "app", PKG_CONFIG_PATH=pkg_config)
    addon = home / "node_modules/tstream/build/capi.node"
    assert str(prefix) in run("ldd", addon, env=environment())
    for node in NODES:
        assert "read by" in run(node, "read.js", *complete, cwd=home, env=environment())


@pytest.mark.timeout(700)
def test_npm_builds_the_library_where_none_is_installed(tarball, complete, tmp_path):
    home = install(tarball, tmp_path / "app", PKG_CONFIG_PATH="", TSTREAM_NODE_LIBRARY="bundled")
    addon = home / "node_modules/tstream/build/capi.node"
    assert "libtstream" not in run("ldd", addon, env=environment())
    assert "read by" in run(NODES[0], "read.js", *complete, cwd=home, env=environment())


def test_the_tarball_has_all_that_is_needed_and_nothing_built(tarball):
    names = subprocess.run(["tar", "tf", tarball], text=True, capture_output=True,
                           check=True).stdout.split()
    for wanted in ("index.js", "index.mjs", "index.d.ts", "index.d.mts", "install.js",
                   "libtstream/capi_wrap.cxx", "libtstream/lib/api/session.c", "libtstream/CMakeLists.txt"):
        assert f"package/{wanted}" in names
    assert not [name for name in names if name.endswith((".node", ".o", ".i"))]
