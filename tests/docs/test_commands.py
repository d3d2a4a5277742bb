"""Commands in the documents: run as they stand, in a directory of their own.

Programs that would install, build for minutes or listen to the world are played by
commands/stand_in, which checks what they are told.  Everything else is the real one.
"""
import os
import re
import shutil
import subprocess

import pytest

import blocks

STAND_INS = ("tstream-server", "cmake", "ctest", "pip", "npm", "mpv", "curl", "auditwheel", "docker",
             "apt-get", "systemctl", "journalctl", "setpriv", "runuser", "mmdebstrap",
             "qemu-aarch64-static")
SCRIPTS = sorted(path.name for path in (blocks.ROOT / "script").iterdir())
STAND_IN = blocks.ROOT / "tests/docs/commands/stand_in"
COMMANDED = blocks.guides_with("sh")
DEPLOYMENT = "docs/deployment.md"


def put_stand_ins(directory, names):
    directory.mkdir(parents=True)
    for name in names:
        (directory / name).symlink_to(STAND_IN)


@pytest.fixture
def surroundings(tmp_path, prefix, server, film):
    """A directory in which a reader of the documents could be; gives it and its environment."""
    put_stand_ins(tmp_path / "bin", STAND_INS)
    here = tmp_path / "libtstream"
    here.mkdir()
    for name in ("bindings", "docs", "examples", "include"):
        (here / name).symlink_to(blocks.ROOT / name)
    put_stand_ins(here / "script", SCRIPTS)
    put_stand_ins(here / "build/venv/bin", ["python"])
    # What would be the machine's, and what containers are made with: neither is the real one.
    (here / "etc/default").mkdir(parents=True)
    shutil.copy(blocks.ROOT / "packaging/debian/tstream-server.default",
                here / "etc/default/tstream-server")
    shutil.copytree(blocks.ROOT / "packaging/docker", here / "packaging/docker")
    for block in [*blocks.of("docs/c-guide.md", "c"), *blocks.of("README.md", "c")]:
        name = blocks.file_name(block) if "/* Write" not in block.text else "readme.c"
        (here / name).write_text(block.text)
    (here / "films").mkdir()
    (here / "server.log").write_text(server.output())
    environment = {name: os.environ[name] for name in
                   ("TSTREAM_SOURCE_DIR", "TSTREAM_SERVER", "LANG", "TMPDIR") if name in os.environ}
    environment |= {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", "HOME": str(prefix.parent),
                    "PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig"), "MAGNET": film.magnet,
                    "TOKEN": "not-needed", "PASSWORD": "correct horse battery"}
    return here, environment


def as_it_is_here(text, server, film):
    """With the server's real port, the film's real infohash, and no file of the machine's own."""
    for there, here in (("127.0.0.1:8080", f"127.0.0.1:{server.port}"), ("INFOHASH", film.infohash),
                        (" /etc/", " etc/"), (">/etc/", ">etc/")):
        text = text.replace(there, here)
    return text


def run_all(block, surroundings, server, film):
    directory, environment = surroundings
    done = subprocess.run(["bash", "-euo", "pipefail", "-c",
                           as_it_is_here(block.text, server, film)],
                          cwd=directory, env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, errors="replace", timeout=40, check=False)
    assert done.returncode == 0, f"{block}\n{block.text}\n{done.stdout[-2000:]}{done.stderr}"


@pytest.mark.parametrize("path", COMMANDED)
def test_the_commands_of_a_document_work(path, surroundings, server, film):
    directory, environment = surroundings
    # The film may have been removed by another document's commands.
    subprocess.run(["/usr/bin/curl", "--fail", "-sS", "-o", os.devnull, "-G",
                    server.url("/api/stream"), "--data-urlencode", f"magnet={film.magnet}"],
                   check=True)
    for block in blocks.of(path, "sh"):
        run_all(block, surroundings, server, film)


def commands_in_text(path):
    """Those that stand in a sentence or a table."""
    found = re.findall("`((?:docker compose|runuser|apt-get install) [^`]+)`", blocks.text(path))
    return [blocks.Block(path, 0, "sh", command) for command in found]


def test_commands_in_the_text_about_deployment_work(surroundings, server, film):
    found = commands_in_text(DEPLOYMENT)
    assert len(found) >= 3
    for block in found:
        run_all(block, surroundings, server, film)


def test_what_the_commands_made_is_the_film(surroundings, server, film):
    directory, environment = surroundings
    [fetch] = [block for block in blocks.of("docs/quick-start.md", "sh") if "-o film" in block.text]
    subprocess.run(["bash", "-euc", as_it_is_here(fetch.text, server, film)], cwd=directory,
                   env=environment, check=True)
    assert (directory / "film.mp4").read_bytes() == film.bytes


@pytest.mark.parametrize("command", ["tstream-server --spam", "script/server --no-such", "mpv x:",
                                     "cmake --preset none", "pip install ./nothing", "unknown",
                                     "tstream-server --host 0.0.0.0", "script/benchmark nothing",
                                     "curl http://127.0.0.1:8080/nothing", "docker compose up -x",
                                     "docker compose --profile tsl up -d", "systemctl restart it",
                                     "docker compose run --rm -T server --create-acount anna",
                                     "docker compose exec -T mysql pg_dump", "apt-get install emacs",
                                     "apt-get install ./libtstream1_*.deb",
                                     "script/benchmark --small --slow", "build/venv/bin/python none.py"])
def test_a_command_that_cannot_be_meant_is_noticed(command, surroundings, server, film):
    directory, environment = surroundings
    done = subprocess.run(["bash", "-c", as_it_is_here(command, server, film)], cwd=directory,
                          env=environment, capture_output=True, check=False)
    assert done.returncode != 0
