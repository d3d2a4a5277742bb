"""What docs/deployment.md has people write into files: proxies' configurations, and settings."""
import os
import re
import shutil
import subprocess
import types
import urllib.parse

import pytest

import blocks
import seeders
import serverproc
import wire

PAGE = "docs/deployment.md"
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
# As long as the server takes them, and longer than nginx would by itself.
MAGNET_BYTES = 8192
OF_COMPOSE = re.compile(r"\$\{([A-Z_]+)\b")


def nginx_configuration(directory, port, *parts):
    temporary = "".join(f"{name}_temp_path {directory}/{name};\n" for name in
                        ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    path = directory / "nginx.conf"
    path.write_text(f"daemon off;\nworker_processes 1;\npid {directory}/pid;\nevents {{}}\n"
                    f"http {{\naccess_log off;\n{temporary}server {{\n"
                    f"listen 127.0.0.1:{port};\n{''.join(parts)}}}\n}}\n")
    return [NGINX, "-p", directory, "-c", path, "-e", directory / "error.log"]


@pytest.fixture
def nginx(server, tmp_path):
    """In front of the server, as the page says it."""
    [block] = blocks.of(PAGE, "nginx")
    assert "proxy_pass http://127.0.0.1:8080;" in block.text
    port = serverproc.free_port()
    command = nginx_configuration(tmp_path, port,
                                  block.text.replace("127.0.0.1:8080", f"127.0.0.1:{server.port}"))
    process = subprocess.Popen(command)
    proxy = types.SimpleNamespace(host="127.0.0.1", port=port)

    def answers():
        assert process.poll() is None, (tmp_path / "error.log").read_text()
        try:
            return wire.get(proxy, "/api/health").status == 200
        except OSError:
            return False

    wire.poll(answers, 15, "nginx answers")
    yield proxy
    seeders.stop(process)


@pytest.mark.parametrize("block", blocks.everywhere("nginx"), ids=str)
def test_nginx_takes_a_block_for_it(block, tmp_path):
    command = nginx_configuration(tmp_path, 1, block.text)
    subprocess.run([*command, "-t"], check=True)


def test_a_film_comes_through_nginx(nginx, film):
    answer = wire.get(nginx, f"/api/stream?infohash={film.infohash}", {"Range": "bytes=1000-4999"})
    assert (answer.status, answer.body) == (206, film.bytes[1000:5000])
    longest = f"{film.magnet}&dn=".ljust(MAGNET_BYTES, "x")
    target = f"/api/stream?magnet={urllib.parse.quote(longest, safe='')}"
    assert wire.get(nginx, target).body == film.bytes


def test_caddy_is_told_what_the_containers_caddy_is_told():
    [block] = blocks.of(PAGE, "caddy")
    shipped = re.sub("^\\s*#.*\n", "", blocks.text("packaging/docker/Caddyfile"), flags=re.M)
    assert block.text == shipped.replace("{$DOMAIN}", "tv.example").replace("{$UPSTREAM}",
                                                                            "127.0.0.1:8080")


def test_what_is_set_is_a_setting_of_the_server_or_of_compose():
    known = subprocess.run([os.environ["TSTREAM_SERVER"], "--help"], capture_output=True, text=True,
                           check=True).stdout + " ".join(
                               OF_COMPOSE.findall(blocks.text("compose.yml")))
    named = {name for block in blocks.of(PAGE, "sh")
             for name in re.findall(r"^(?:echo )?([A-Z_]+)=", block.text, re.M)}
    named |= set(re.findall(r"`([A-Z_]+)(?:=[^`]*)?`", blocks.text(PAGE)))
    assert len(named) > 8
    assert {name for name in named if not re.search(rf"\b{name}\b", known)} == set()
