"""What packages and containers are made from agrees with what is built."""

import configparser
import fnmatch
import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(os.environ["TSTREAM_SOURCE_DIR"])
BUILD = Path(os.environ["TSTREAM_BUILD_DIR"])
SERVER = os.environ["TSTREAM_SERVER"]
DEBIAN = ROOT / "packaging/debian"
PACKAGES = ("libtstream0", "libtstream-dev", "python3-tstream", "tstream-server")


def text(path):
    return (ROOT / path).read_text()


def run(*command, **options):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                            check=False, **options)
    assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"
    return result.stdout


def version():
    return re.search(r'VERSION_STRING "([^"]+)"', text("include/tstream/version.h"))[1]


@pytest.fixture(scope="module")
def settings():
    """The variables that the server knows."""
    return set(re.findall(r"^  (?:--\S+)? +([A-Z_]{3,}) ", run(SERVER, "--help"), re.M)) | {"TOKEN", "SECRET"}


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load(text("compose.yml"))


def test_everything_has_the_version_of_the_headers():
    found = {
        "pyproject.toml": re.search(r'^version = "(.*?)"', text("bindings/python/pyproject.toml"),
                                    re.M)[1],
        "package.json": json.loads(text("bindings/node/package.json"))["version"],
        "frontend": json.loads(text("frontend/package.json"))["version"],
        "openapi.yaml": yaml.safe_load(text("docs/openapi.yaml"))["info"]["version"],
        "debian/changelog": re.match(r"libtstream \((.*?)-", text("packaging/debian/changelog"))[1],
        "compose.yml": re.search(r"image: tstream-server:(\S+)", text("compose.yml"))[1],
    }
    assert set(found.values()) == {version()}, found


def test_documents_name_tarballs_as_they_are_made():
    made = set(re.findall(r'(tstream-[\w.$-]+\.tgz)"', text("script/release")))
    documents = [path for pattern in ("*.md", "docs/*.md", "bindings/*/README.md")
                 for path in ROOT.glob(pattern) if path.name != "CHANGELOG.md"]
    named = {name for path in documents for name in re.findall(r"[\w.-]+\.tgz", path.read_text())}
    assert named == {name.replace("$version", version()) for name in made}


def test_each_installed_file_is_in_one_debian_package(tmp_path):
    run("cmake", "--install", BUILD, "--prefix", tmp_path)
    patterns = [line for package in PACKAGES
                for line in (DEBIAN / f"{package}.install").read_text().split()]
    # As Debian places it, below /usr and in a folder for the machine.
    paths = [f"usr/{path.relative_to(tmp_path)}".replace("usr/lib/", "usr/lib/machine/")
             for path in tmp_path.rglob("*") if not path.is_dir()]
    homes = {path: [pattern for pattern in patterns
                    if fnmatch.fnmatch(path, pattern) or path.startswith(f"{pattern}/")
                    or fnmatch.fnmatch(path, f"{pattern}/*")] for path in paths}
    assert len(homes) > 15
    assert not {path: where for path, where in homes.items() if len(where) != 1}


def test_the_unit_runs_what_the_package_installs_and_shuts_it_in():
    unit = configparser.RawConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read(DEBIAN / "tstream-server.service")
    service = unit["Service"]
    assert service["ExecStart"] == "/usr/bin/tstream-server"
    assert "u tstream " in (DEBIAN / "tstream-server.sysusers").read_text()
    assert service["User"] == "tstream" and service["StateDirectory"] == "tstream"
    assert service["ProtectSystem"] == "strict" and service["CapabilityBoundingSet"] == ""
    for switch in ("NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome",
                   "MemoryDenyWriteExecute", "RestrictNamespaces"):
        assert service[switch] == "yes", switch
    assert unit["Install"]["WantedBy"] == "multi-user.target"


def test_the_packages_settings_are_ones_the_server_knows_and_accepts(settings, tmp_path):
    lines = (DEBIAN / "tstream-server.default").read_text().splitlines()
    named = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", "\n".join(lines), re.M))
    assert named and set(named) <= settings
    assert not [line for line in lines if re.match("(HOST|TOKEN|ACCOUNTS)=", line)], "loopback only"
    run(SERVER, "--version", env={**os.environ, **named, "DATA_DIR": str(tmp_path)})


def test_what_the_packages_settings_refer_to_is_in_the_package_and_not_compressed():
    named = re.findall(r"/usr/share/doc/tstream-server/(\S+)",
                       (DEBIAN / "tstream-server.default").read_text())
    docs = (DEBIAN / "tstream-server.docs").read_text().split()
    plain = re.search(r"^\tdh_compress ((?: ?-X\S+)+)$", (DEBIAN / "rules").read_text(), re.M)[1]
    endings = tuple(plain.replace("-X", "").split())
    assert named and all(f"docs/{name}" in docs and name.endswith(endings) for name in named)
    examples = (DEBIAN / "tstream-server.examples").read_text().split()
    assert all((ROOT / path).exists() for path in [*docs, *examples])


def test_the_image_runs_unprivileged_and_knows_its_health(settings):
    final = text("Dockerfile").split("\nFROM ")[-1]
    assert re.search(r"^USER 10001:10001$", final, re.M)
    assert re.search(r"^HEALTHCHECK .*\n.*/api/health", final, re.M)
    variables = re.search(r"^ENV (.*)$", final, re.M)[1]
    assert {pair.split("=")[0] for pair in variables.split()} <= settings


def test_the_image_is_made_from_what_is_there():
    for line in re.findall(r"^COPY (?!--)(.*)$", text("Dockerfile"), re.M):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
    assert text("Dockerfile").startswith("# ") and "\nARG BASE=" in text("Dockerfile")


def test_each_service_is_hardened_and_bounded(compose):
    for name, service in compose["services"].items():
        assert service["read_only"] is True and service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        limits = service["deploy"]["resources"]["limits"]
        assert {"cpus", "memory"} == set(limits) and service["pids_limit"], name
        assert "healthcheck" in service or "build" in service, name


def test_only_bittorrent_and_tls_are_offered_to_the_world(compose):
    world = {port for service in compose["services"].values() for port in service.get("ports", [])
             if not port.startswith("127.0.0.1:")}
    assert {int(port.split(":")[0]) for port in world} == {80, 443, 6881, 6882, 6883}
    assert compose["networks"]["back"] == {"internal": True}
    for name in ("postgres", "redis"):
        assert compose["services"][name]["networks"] == ["back"]


def test_the_servers_are_given_settings_they_know(compose, settings):
    servers = {name: service["environment"]
               for name, service in compose["services"].items() if "build" in service}
    assert len(servers) == 3
    for name, environment in servers.items():
        assert set(environment) <= settings
        port = environment["LISTEN"].split(":")[1]
        assert environment["CLUSTER_ADDRESS"] == f"{name}:{port}"
    assert len({environment["LISTEN"] for environment in servers.values()}) == 3


def test_what_compose_refers_to_is_there(compose, tmp_path):
    run(ROOT / "packaging/docker/make-secrets", tmp_path)
    secrets = {name: Path(secret["file"]) for name, secret in compose["secrets"].items()}
    assert {path.name for path in secrets.values()} == {path.name for path in tmp_path.iterdir()}
    for service in compose["services"].values():
        assert set(service.get("secrets", [])) <= set(secrets)
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (ROOT / source).exists() if "/" in source else source in compose["volumes"]


def test_secrets_are_made_once_and_fit_together(tmp_path):
    run(ROOT / "packaging/docker/make-secrets", tmp_path)
    before = {path.name: path.read_text() for path in tmp_path.iterdir()}
    run(ROOT / "packaging/docker/make-secrets", tmp_path)
    assert before == {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert f":{before['postgres_password']}@postgres/" in before["database_url"]
    assert tmp_path.stat().st_mode & 0o777 == 0o700
    assert len(set(before.values())) == len(before)


def test_the_manual_page_has_all_settings():
    options = run(ROOT / "docs/man/generate", SERVER)
    assert options.count(".TP") > 40
    assert options in text("docs/man/tstream-server.1")


def test_scripts_of_the_packaging_are_valid_and_can_be_run():
    scripts = [path for path in (ROOT / "packaging").rglob("*")
               if path.is_file() and path.read_text().startswith("#!/bin/")]
    assert len(scripts) >= 4
    for path in [*scripts, ROOT / "tests/abi/dump"]:
        assert path.stat().st_mode & 0o111, path
        run("bash", "-n", path)
