"""How the server serves a built page: a small one, made by hand."""
import json

import pytest

import serverproc
import wire

PAGE = b"<!doctype html><title>small</title>"
MISSING = b"<!doctype html><title>missing</title>"
SCRIPT = b"console.log('small')"


def seal(directory, **changes):
    """What frontend/scripts/seal.mjs leaves."""
    directory.mkdir()
    (directory / "index.html").write_bytes(PAGE)
    (directory / "404.html").write_bytes(MISSING)
    (directory / "a.js").write_bytes(SCRIPT)
    (directory / "a.js.br").write_bytes(b"as if br")
    (directory / "a.js.gz").write_bytes(b"as if gzip")
    (directory / "unlisted.js").write_bytes(b"secret")
    script = {"path": "/a.js", "file": "a.js", "type": "text/javascript", "digest": "d1",
              "immutable": True, "encodings": ["br", "gzip"]}
    page = {"type": "text/html; charset=utf-8", "policy": "script-src 'self'"}
    files = [script | changes, page | {"path": "/", "file": "index.html", "digest": "d2"},
             page | {"path": "/404", "file": "404.html", "digest": "d3"}]
    (directory / "manifest.json").write_text(json.dumps({"files": files}))
    return directory


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    directory = tmp_path_factory.mktemp("site")
    process = serverproc.Server(directory / "server", "--web-dir",
                                str(seal(directory / "web")))
    yield process
    process.stop()


def test_a_page_comes_with_its_policy_and_is_asked_for_again(site):
    answer = wire.get(site, "/")
    assert answer.status == 200 and answer.body == PAGE
    assert answer.headers["content-security-policy"] == "script-src 'self'"
    assert answer.headers["cache-control"] == "no-cache"
    again = wire.get(site, "/", {"If-None-Match": answer.headers["etag"]})
    assert again.status == 304 and again.body == b""


def test_what_never_changes_is_kept_by_browsers(site):
    assert "immutable" in wire.get(site, "/a.js").headers["cache-control"]


@pytest.mark.parametrize("accepted, coding, body", [
    ("gzip, deflate, br", "br", b"as if br"), ("gzip", "gzip", b"as if gzip"),
    ("br;q=0, gzip;q=0.5", "gzip", b"as if gzip"), ("identity", None, SCRIPT),
    ("brotli, xgzip", None, SCRIPT), ("gzip;q=0", None, SCRIPT)])
def test_the_best_coding_that_is_accepted_is_sent(site, accepted, coding, body):
    answer = wire.get(site, "/a.js", {"Accept-Encoding": accepted})
    assert answer.headers.get("content-encoding") == coding
    assert answer.body == body
    assert "Accept-Encoding" in answer.headers["vary"]


def test_codings_have_etags_of_their_own(site):
    etags = {wire.get(site, "/a.js", {"Accept-Encoding": coding}).headers["etag"]
             for coding in ("br", "gzip", "identity")}
    assert len(etags) == 3


@pytest.mark.parametrize("path", ["/unlisted.js", "/manifest.json", "/index.html", "/a.js.br",
                                  "/../web/a.js", "/%2e%2e/web/a.js", "/a.js/"])
def test_what_the_manifest_does_not_list_does_not_exist(site, path):
    wire.assert_problem(wire.get(site, path), 404, 400)


def test_people_see_a_page_where_there_is_nothing(site):
    answer = wire.get(site, "/nothing", {"Accept": "text/html,*/*"})
    assert answer.status == 404 and answer.body == MISSING


def test_files_are_only_read(site):
    answer = wire.request(site, "POST", "/a.js", {}, b"x")
    wire.assert_problem(answer, 405)
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


def test_a_link_on_another_site_opens_no_torrent(site):
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert wire.get(site, "/", foreign).status == 200
    wire.assert_problem(wire.get(site, "/?magnet=x", foreign), 403)


@pytest.mark.parametrize("changes", [
    {"file": "../server.log"}, {"file": "/etc/passwd"}, {"file": ".hidden"}, {"file": "none.js"},
    {"file": "a//b"}, {"type": "text/plain\r\nX: y"}, {"digest": "a\"b"}, {"path": "a.js"}])
def test_a_manifest_that_leads_astray_is_refused(tmp_path, changes):
    web = seal(tmp_path / "web", **changes)
    done = serverproc.run("--port", "0", "--data-dir", str(tmp_path / "data"), "--web-dir",
                          str(web), *serverproc.LOOPBACK_ONLY)
    assert done.returncode == 1
    assert "manifest.json" in done.stderr


def test_a_page_that_is_not_there_is_said_to_be_missing(tmp_path):
    done = serverproc.run("--port", "0", "--data-dir", str(tmp_path / "data"), "--web-dir",
                          str(tmp_path / "none"), *serverproc.LOOPBACK_ONLY)
    assert done.returncode == 1
    assert "script/web" in done.stderr
