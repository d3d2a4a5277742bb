"""What the documents say about settings, addresses and figures is what the server says."""
import json
import os
import re
import subprocess

import pytest
import yaml

import blocks
import wire

LANGUAGES = {"c", "cmake", "python", "js", "sh", "text", "json", "yaml", "promql", "nginx", "caddy",
             "ini", "console", "haproxy", "dockerfile", "sql"}
METRIC = re.compile(r"\b(?:tstream|process)_[a-z_]+\b")
SELECTOR = re.compile(r"\b((?:tstream|process)_[a-z_]+){(.*?)}")
MATCHER = re.compile(r'([a-z_]+)(=~?)("(?:[^"\\]|\\.)*")')
HELP = re.compile(r"  (--\S+)? +([A-Z_]+)? *\S.*")


@pytest.fixture(scope="module")
def options():
    """(flag, variable) of each setting, as --help has them."""
    text = subprocess.run([os.environ["TSTREAM_SERVER"], "--help"], capture_output=True, text=True,
                          check=True).stdout
    found = {match.groups("") for match in map(HELP.fullmatch, text.splitlines()) if match}
    assert ("--port", "PORT") in found and ("", "REDIS_URL") in found and ("--help", "") in found
    return found


@pytest.fixture(scope="module")
def defaults():
    text = subprocess.run([os.environ["TSTREAM_SERVER"], "--help"], capture_output=True, text=True,
                          check=True).stdout
    found = dict(re.findall(r"^  --(\S+) .*\[([^][ ]+)\]$", text, re.M))
    # "as 0.0.0.0:6881,... [these]"
    found["listen"] = re.search(r"as (\S+) \[these\]", text)[1]
    return found


@pytest.fixture(scope="module")
def samples(server):
    """(name, labels) of each line of /metrics."""
    text = wire.get(server, "/metrics").body.decode()
    return [(name, dict(re.findall(r'([a-z_]+)="(.*?)"', labels)))
            for name, labels in re.findall(r"^([a-z_]+)(?:{(.*)})? ", text, re.M)]


@pytest.fixture(scope="module")
def exposed(samples):
    """All names that /metrics has."""
    return {name for name, _ in samples}


def as_prometheus_3_has_it(labels):
    """Which makes le="1" le="1.0"; Prometheus 2 takes labels as they are."""
    return {name: f"{value}.0" if name == "le" and value.isdigit() else value
            for name, value in labels.items()}


def finds_something(metric, matchers, samples):
    """Whether a selector matches, but for the label that is Prometheus' own."""
    wanted = {label: json.loads(value) if how == "=~" else re.escape(json.loads(value))
              for label, how, value in MATCHER.findall(matchers) if label != "instance"}
    return any(name == metric and all(re.fullmatch(value, labels.get(label, ""))
                                      for label, value in wanted.items())
               for name, labels in samples)


def check_question(question, samples):
    """It asks for figures that are there, by labels and values that are there."""
    asked = set(METRIC.findall(question))
    assert asked and asked <= {name for name, _ in samples}
    assert question.count("(") == question.count(")"), question
    kept = [(name, as_prometheus_3_has_it(labels)) for name, labels in samples]
    for metric, matchers in SELECTOR.findall(question):
        assert finds_something(metric, matchers, samples), question
        assert finds_something(metric, matchers, kept), f"Prometheus 3: {question}"


def test_every_block_says_what_it_is():
    unknown = [str(block) for block in blocks.everywhere() if block.language not in LANGUAGES]
    assert not unknown


@pytest.mark.parametrize("block", blocks.everywhere("json", "yaml"), ids=str)
def test_a_block_of_data_can_be_read(block):
    assert (json.loads if block.language == "json" else yaml.safe_load)(block.text)


def settings_rows():
    rows = re.findall(r"^\| (?:`(--[^`]+)`)? *\| (?:`([A-Z_]+)`)? *\| (.+?) \| *(.*?) *\|$",
                      blocks.text("docs/settings.md"), re.M)
    return {(flag, variable): default.strip("`") for flag, variable, _, default in rows
            if flag or variable}


def test_the_settings_are_those_that_help_lists(options):
    assert settings_rows().keys() == options


def test_the_defaults_are_those_that_help_lists(defaults):
    written = {flag[2:]: default for (flag, _), default in settings_rows().items() if flag}
    assert len(defaults) > 10
    assert {flag: written[flag] for flag in defaults} == defaults


def test_flags_that_are_mentioned_anywhere_exist(options):
    flags = {flag for flag, _ in options} | {"--demo"}
    for path in ("docs/settings.md", "docs/security.md", "docs/troubleshooting.md",
                 "docs/quick-start.md", "docs/observability.md", "docs/performance.md"):
        mentioned = set(re.findall(r"`(--[a-z-]+)", blocks.text(path)))
        assert mentioned - flags <= {"--network-timeout"}, path  # mpv's


def test_the_http_api_has_every_address_and_no_other():
    described = yaml.safe_load(blocks.text("docs/openapi.yaml"))["paths"]
    listed = re.findall(r"^\| (GET|POST|PUT|DELETE) \| `([^`]+)` \|",
                        blocks.text("docs/http-api.md"), re.M)
    assert sorted(listed) == sorted(
        (method.upper(), path) for path, methods in described.items()
        for method in methods if method in ("get", "post", "put", "delete"))


def test_every_figure_of_metrics_is_explained_and_no_other(exposed):
    families = {re.sub("_(bucket|sum|count)$", "", name) for name in exposed}
    explained = set(re.findall(r"`((?:tstream|process)_[a-z_]+)`",
                               blocks.text("docs/observability.md")))
    assert explained == families


@pytest.mark.parametrize("block", blocks.everywhere("promql"), ids=str)
def test_a_question_to_prometheus_asks_for_figures_that_are_there(block, samples):
    check_question(block.text, samples)


def test_the_dashboard_asks_for_figures_that_are_there(samples):
    dashboard = json.loads(blocks.text("examples/server/grafana/tstream.json"))
    questions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    for question in questions:
        check_question(question, samples)
    for wanted in ("first_byte", "seek", "stall"):
        assert f"tstream_stream_{wanted}_seconds_bucket" in "".join(questions)
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


@pytest.mark.parametrize("question", [
    'tstream_stream_first_byte_seconds_bucket{le="1"}', 'tstream_streams{kind="film"}',
    'tstream_stream_first_byte_seconds_bucket{le=~"1[.]0"}', "tstream_viewers", "(tstream_streams",
    'tstream_stream_losses_total{reason="bored"}', 'tstream_http_requests_total{code=~"[67]xx"}'])
def test_a_question_that_would_find_nothing_is_noticed(question, samples):
    with pytest.raises(AssertionError):
        check_question(question, samples)


def test_the_figures_of_performance_are_those_that_were_measured():
    measured = set(re.findall(r"\d[\d.,]*\d|\d", blocks.text("benchmarks/README.md")))
    body = re.sub(r"```.*?```|`[^`]*`", "", blocks.text("docs/performance.md"), flags=re.S)
    numbers = re.findall(r"(?<![\w.])(\d+\.\d+|\d{2,})(?![\w])", body)
    assert len(numbers) > 15
    # Ports and percentiles are no figures.
    assert [number for number in numbers if number not in measured | {"6881", "95"}] == []


@pytest.mark.parametrize("path", sorted((blocks.ROOT / "docs/man").glob("*.[1-9]")),
                         ids=lambda path: path.name)
def test_a_manual_page_has_no_warnings(path):
    done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", path], capture_output=True, text=True,
                          check=False)
    # A page without a date is the same whenever it is built.
    said = [line for line in (done.stdout + done.stderr).splitlines() if "missing date" not in line]
    assert not said


def test_the_manual_names_functions_that_exist():
    headers = "".join(path.read_text() for path in (blocks.ROOT / "include/tstream").glob("*.h"))
    named = set(re.findall(r"^\.(?:Fn|Pq Fn) (\w+)", blocks.text("docs/man/libtstream.3"), re.M))
    assert len(named) > 10
    assert [name for name in named if not re.search(rf"\b{name}\(", headers)] == []


def test_doxygen_has_nothing_to_complain_of(tmp_path):
    for name in ("include", "docs"):
        (tmp_path / name).symlink_to(blocks.ROOT / name)
    (tmp_path / "build").mkdir()
    done = subprocess.run(["doxygen", "docs/Doxyfile"], cwd=tmp_path, capture_output=True,
                          text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "build/doxygen/html/index.html").exists()
