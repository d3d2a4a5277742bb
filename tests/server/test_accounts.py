"""Accounts over HTTP: who is let in, to what, for how long, and what becomes of their history."""
import concurrent.futures
import re
import signal
import urllib.parse

import pytest
import yaml

import films
import serverproc
import stores
import viewers
import wire
from test_openapi import DOCUMENT
from viewers import HASHES, Viewer

LOGIN = "tstream_login"
SESSION = "tstream_session"
PASSWORD = "correct horse battery"
MIB = 1024 * 1024


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(request, tmp_path_factory):
    """A server with accounts for each kind of database; whoever comes may register."""
    env = {}
    if request.param == "postgresql":
        env["DATABASE_URL"] = request.getfixturevalue("postgres").make_store().url
    process = serverproc.Server(tmp_path_factory.mktemp(request.param), "--accounts",
                                "--registration", "open", env=env)
    wire.poll(lambda: wire.get(process, "/api/health").json()["history"]["state"] == "ok", 10,
              "the database is open")
    yield process
    assert process.stop() == 0, process.output()
    assert PASSWORD not in process.output()


@pytest.fixture
def name(request):
    """One that no other test has."""
    return f"user-{abs(hash(request.node.nodeid)) % 10**9}"


def register(server, name, **more):
    viewer = Viewer(server)
    answer = viewer.send("POST", "/api/auth/register", {"name": name, "password": PASSWORD, **more})
    assert answer.status == 201, answer
    return viewer


def create(data_dir, name, password=PASSWORD, *flags, **run):
    return serverproc.run("--create-account", name, "--data-dir", str(data_dir), *flags,
                          input_text=password + "\n", **run)


def described_routes():
    """Every method of the description with a path that a client could ask for."""
    paths = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))["paths"]
    for path, methods in paths.items():
        target = path.replace("{infohash}", HASHES[0])
        target = re.sub(r"\{\w+\}", "0", target)
        for method in methods:
            if method in ("get", "head", "put", "post", "delete", "patch"):
                yield method.upper(), target


OPEN = {("GET", "/api/health"), ("GET", "/health"), ("POST", "/api/auth/login"),
        ("POST", "/api/auth/register")}


@pytest.mark.parametrize("method, target", sorted(set(described_routes()) - OPEN))
def test_every_other_route_needs_a_login(store, method, target):
    answer = wire.request(store, method, target)
    assert answer.status == 401, answer
    assert answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("target", ["/page.js", "/page.css", "/spam", "/api/spam", "/assets/x.js"])
def test_neither_files_nor_what_is_not_there_are_shown_to_strangers(store, target):
    assert wire.get(store, target).status in (303, 401)


def test_health_and_the_login_page_are_for_all(store):
    assert wire.get(store, "/api/health").json()["accounts"] == {"is_on": True,
                                                                 "is_registration_open": True}
    answer = wire.get(store, "/login")
    assert answer.status == 200 and answer.body
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_page_leads_to_the_login_page_and_back(store):
    magnet = f"magnet:?xt=urn:btih:{HASHES[0]}&dn=a b"
    wanted = "/?" + urllib.parse.urlencode({"magnet": magnet})
    answer = wire.get(store, wanted)
    assert answer.status == 303
    location = urllib.parse.urlsplit(answer.headers["Location"])
    assert location.path == "/login" and not location.netloc
    assert urllib.parse.parse_qs(location.query)["next"] == [wanted]
    long = wire.get(store, "/?magnet=" + "x" * 7000)
    assert long.status == 303 and long.headers["Location"].startswith("/login")


def test_without_accounts_there_is_no_login(server):
    for method, target, value in (("GET", "/api/auth/me", None),
                                  ("POST", "/api/auth/login", {"name": "a", "password": PASSWORD})):
        wire.assert_problem(Viewer(server).send(method, target, value), 404)
    assert wire.get(server, "/api/health").json()["accounts"]["is_on"] is False


def test_one_registers_leaves_and_comes_back(store, name):
    viewer = register(store, name.upper())
    assert viewer.get("/api/auth/me").json()["name"] == name
    assert viewer.get("/").status == 200
    assert viewer.send("POST", "/api/auth/logout").status == 204
    assert LOGIN not in viewer.cookies
    wire.assert_problem(viewer.get("/api/auth/me"), 401)
    answer = viewer.log_in(name, PASSWORD)
    assert answer.status == 200 and answer.json()["name"] == name
    assert viewer.get("/api/streams").status == 200


def test_the_logins_cookie_is_out_of_reach(store, name):
    answer = Viewer(store).send("POST", "/api/auth/register", {"name": name, "password": PASSWORD})
    cookie = viewers.set_cookies(answer)[LOGIN]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/"
    assert not cookie["domain"] and not cookie["secure"]
    assert int(cookie["max-age"]) == 2592000
    assert cookie.value not in answer.body.decode()
    assert answer.headers["Cache-Control"] == "no-store"


def test_behind_an_https_proxy_the_login_is_for_https_only(make_server):
    server = make_server("--accounts", "--registration", "open", "--trust-proxy")
    answer = Viewer(server).send("POST", "/api/auth/register", {"name": "a", "password": PASSWORD},
                                 {"X-Forwarded-Proto": "https"})
    assert answer.status == 201 and viewers.set_cookies(answer)[LOGIN]["secure"]


def test_a_login_is_a_new_token_and_ends_the_one_before(store, name):
    viewer = register(store, name)
    before = viewer.cookies[LOGIN]
    assert viewer.log_in(name, PASSWORD).status == 200
    assert viewer.cookies[LOGIN] != before
    stale = wire.get(store, "/api/auth/me", {"Cookie": f"{LOGIN}={before}"})
    wire.assert_problem(stale, 401)


def test_a_token_of_somebodys_choice_is_none(store, name):
    for token in ("A" * 43, "", "x", "../../etc/passwd", "A" * 5000):
        for headers in ({"Cookie": f"{LOGIN}={token}"}, {"Authorization": f"Bearer {token}"}):
            assert wire.get(store, "/api/auth/me", headers).status == 401
    viewer = Viewer(store)
    viewer.cookies[LOGIN] = "A" * 43
    answer = viewer.send("POST", "/api/auth/register", {"name": name, "password": PASSWORD})
    assert answer.status == 201 and viewer.cookies[LOGIN] != "A" * 43


def test_programs_may_show_their_token_as_a_bearer(store, name):
    token = register(store, name).cookies[LOGIN]
    answer = wire.get(store, "/api/auth/me", {"Authorization": f"Bearer {token}"})
    assert answer.status == 200 and answer.json()["name"] == name


def test_a_wrong_name_and_a_wrong_password_look_the_same(store, name):
    register(store, name)
    answers = [Viewer(store).log_in(name, "wrong password"),
               Viewer(store).log_in(name + "-nobody", "wrong password")]
    details = {wire.assert_problem(answer, 401)["detail"] for answer in answers}
    assert len(details) == 1
    assert not any(viewers.set_cookies(answer) for answer in answers)
    fields = [sorted(set(answer.headers) - {"Date"}) for answer in answers]
    assert fields[0] == fields[1]


def test_too_many_failures_lock_even_the_right_password_out(make_server):
    server = make_server("--accounts")
    register(server, "anna")
    answers = [Viewer(server).log_in("anna", "wrong password").status for _ in range(11)]
    assert answers == [401] * 10 + [429]
    locked = Viewer(server).log_in("anna", PASSWORD)
    wire.assert_problem(locked, 429)
    assert 0 < int(locked.headers["Retry-After"]) <= 900


def test_taken_names_and_weak_passwords_are_refused(store, name):
    register(store, name)
    taken = Viewer(store).send("POST", "/api/auth/register",
                               {"name": name.upper(), "password": PASSWORD})
    wire.assert_problem(taken, 409)
    for value in ({"name": name + "2", "password": "short"}, {"name": "", "password": PASSWORD},
                  {"name": "a b", "password": PASSWORD}, {"name": "a" * 65, "password": PASSWORD},
                  {"name": name + "2", "password": "x" * 1025}, {"name": name}, {"password": "x"},
                  {"name": 1, "password": PASSWORD}, {"name": "a\0b", "password": PASSWORD}, [], {},
                  {"name": name + "2", "password": PASSWORD, "is_admin": True},
                  {"name": name + "2", "password": PASSWORD, "claim_history": "yes"}):
        answer = wire.post_json(store, "/api/auth/register", value)
        wire.assert_problem(answer, 400)
        assert not viewers.set_cookies(answer)


def test_a_changed_password_ends_the_other_logins(store, name):
    here = register(store, name)
    there = Viewer(store)
    assert there.log_in(name, PASSWORD).status == 200
    change = {"old_password": "wrong password", "new_password": "another good one"}
    wire.assert_problem(here.send("PUT", "/api/auth/password", change), 403)
    change["old_password"] = PASSWORD
    wire.assert_problem(here.send("PUT", "/api/auth/password", {**change, "new_password": "x"}), 400)
    assert there.get("/api/auth/me").status == 200
    assert here.send("PUT", "/api/auth/password", change).status == 204
    assert here.get("/api/auth/me").status == 200
    wire.assert_problem(there.get("/api/auth/me"), 401)
    wire.assert_problem(there.log_in(name, PASSWORD), 401)
    assert there.log_in(name, "another good one").status == 200


def test_logins_are_listed_and_ended(store, name):
    here = register(store, name)
    there = Viewer(store, **{"User-Agent": "Television/1.0"})
    third = Viewer(store)
    assert there.log_in(name, PASSWORD).status == third.log_in(name, PASSWORD).status == 200
    logins = here.get("/api/auth/logins").json()["logins"]
    assert [login["is_current"] for login in logins].count(True) == 1 and len(logins) == 3
    television, = (login for login in logins if login["label"] == "Television/1.0")
    stranger = register(store, name + "-stranger")
    wire.assert_problem(stranger.send("DELETE", f"/api/auth/logins/{television['id']}"), 404)
    assert here.send("DELETE", f"/api/auth/logins/{television['id']}").status == 204
    wire.assert_problem(there.get("/api/auth/me"), 401)
    assert third.get("/api/auth/me").status == 200
    assert here.send("DELETE", "/api/auth/logins").status == 204
    wire.assert_problem(third.get("/api/auth/me"), 401)
    assert here.get("/api/auth/me").status == 200
    wire.assert_problem(here.send("DELETE", "/api/auth/logins/spam"), 404)


def test_each_account_has_its_own_history(store, name):
    anna, ben = register(store, name), register(store, name + "-ben")
    entry = anna.record(infohash=HASHES[0])
    assert SESSION not in anna.cookies
    assert ben.history() == []
    wire.assert_problem(ben.send("DELETE", f"/api/history/{entry['id']}"), 404)
    elsewhere = Viewer(store)
    elsewhere.log_in(name, PASSWORD)
    assert elsewhere.history() == [entry]


def test_a_deleted_account_takes_its_history_along(store, name):
    viewer = register(store, name)
    viewer.record(infohash=HASHES[0])
    wire.assert_problem(viewer.send("POST", "/api/auth/delete", {"password": "wrong password"}), 403)
    wire.assert_problem(viewer.send("POST", "/api/auth/delete", {}), 400)
    assert viewer.send("POST", "/api/auth/delete", {"password": PASSWORD}).status == 204
    wire.assert_problem(viewer.log_in(name, PASSWORD), 401)
    assert register(store, name).history() == []


def test_what_was_watched_before_is_taken_over_if_asked(make_server, tmp_path):
    data = tmp_path / "data"
    open_to_all = make_server(data_dir=data)
    asks, does_not = Viewer(open_to_all), Viewer(open_to_all)
    asks.record(infohash=HASHES[1], position_ms=5000)
    does_not.record(infohash=HASHES[2])
    assert open_to_all.stop() == 0
    server = make_server("--accounts", "--registration", "open", data_dir=data)
    for viewer, name, claims in ((asks, "asks", True), (does_not, "does-not", False)):
        viewer.server = server
        answer = viewer.send("POST", "/api/auth/register",
                             {"name": name, "password": PASSWORD, "claim_history": claims})
        assert answer.status == 201
    assert [(row["infohash"], row["position_ms"]) for row in asks.history()] == [(HASHES[1], 5000)]
    assert SESSION not in asks.cookies
    assert does_not.history() == [] and SESSION in does_not.cookies


def test_the_first_account_may_be_made_from_this_machine_and_no_other(make_server):
    server = make_server("--accounts")
    forwarded = {"X-Forwarded-For": "192.0.2.1"}
    value = {"name": "anna", "password": PASSWORD}
    wire.assert_problem(Viewer(server).send("POST", "/api/auth/register", value, forwarded), 403)
    register(server, "anna")
    wire.assert_problem(wire.post_json(server, "/api/auth/register", {**value, "name": "ben"}), 403)
    assert wire.get(server, "/api/health").json()["accounts"]["is_registration_open"] is False


def test_of_many_who_would_be_first_at_most_one_is(make_server):
    server = make_server("--accounts")
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(
            lambda number: wire.post_json(server, "/api/auth/register",
                                          {"name": f"first{number}", "password": PASSWORD}),
            range(4)))
    statuses = [answer.status for answer in answers]
    # Hashing takes its time, and who must wait too long for it is told so.
    assert set(statuses) <= {201, 403, 503} and statuses.count(201) <= 1, statuses


def test_registration_can_be_closed_to_all(make_server):
    server = make_server("--accounts", "--registration", "closed")
    answer = wire.post_json(server, "/api/auth/register", {"name": "a", "password": PASSWORD})
    wire.assert_problem(answer, 403)


def test_an_account_is_made_from_the_command_line_while_the_server_runs(make_server, tmp_path):
    server = make_server("--accounts", "--registration", "closed")
    done = create(server.data_dir, "Anna")
    assert done.returncode == 0, done.stderr
    assert "anna" in done.stdout and PASSWORD not in done.stdout + done.stderr
    assert Viewer(server).log_in("anna", PASSWORD).status == 200
    again = create(server.data_dir, "anna")
    assert again.returncode == 1 and again.stderr
    (tmp_path / "password").write_text("from a file\n")
    done = create(server.data_dir, "ben", "", "--password-file", str(tmp_path / "password"))
    assert done.returncode == 0, done.stderr
    assert Viewer(server).log_in("ben", "from a file").status == 200


@pytest.mark.parametrize("password", ["", "short", "x" * 1025, "x" * 3000])
def test_the_command_line_refuses_what_is_no_password(tmp_path, password):
    done = create(tmp_path / "data", "anna", password)
    assert done.returncode == 1 and done.stderr.strip()


def test_with_accounts_the_server_may_listen_everywhere(make_server):
    server = make_server("--host", "0.0.0.0", "--accounts")
    wire.assert_problem(wire.get(server, "/api/streams"), 401)


def test_a_token_and_accounts_exclude_each_other(tmp_path):
    done = serverproc.run("--accounts", "--data-dir", str(tmp_path), env={"TOKEN": "x" * 20})
    assert done.returncode == 2 and "ACCOUNTS" in done.stderr


FOREIGN = [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
CHANGES = [route for route in sorted(set(described_routes())) if "/auth/" in route[1] and
           route[0] != "GET"]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_another_site_can_do_nothing_with_a_login(store, headers, name):
    viewer = register(store, name)
    assert len(CHANGES) >= 7
    for method, target in CHANGES:
        answer = viewer.send(method, target, {"name": "evil", "password": PASSWORD}, headers)
        wire.assert_problem(answer, 403)
        assert not viewers.set_cookies(answer), target
    assert viewer.get("/api/auth/me").status == 200


def test_a_streams_watch_is_the_accounts(store, name, seeder, seeded):
    viewer = register(store, name)
    content = seeded(seeder, f"{name}.mp4", 20 * MIB)
    film = films.Film(store, content, seeder.address)
    assert viewer.send("POST", "/api/torrents", {"magnet": film.magnet}).status in (200, 201)
    assert viewer.get(film.target).body == film.content
    wire.poll(viewer.history, 10, "the watch is recorded")
    wire.assert_problem(wire.get(store, film.target), 401)


def test_of_a_deleted_account_nothing_is_recorded_any_more(store, name, seeder, seeded):
    """Links that it made go on until they expire."""
    film = films.Film(store, seeded(seeder, f"{name}.mp4", 20 * MIB), seeder.address)
    gone, other = register(store, name), register(store, f"{name}-other")
    gone.send("POST", "/api/torrents", {"magnet": film.magnet})
    link = gone.send("POST", "/api/links", {"infohash": film.infohash, "file_index": 0}).json()
    assert gone.send("POST", "/api/auth/delete", {"password": PASSWORD}).status == 204
    assert wire.get(store, link["url"].removeprefix(store.url(""))).body == film.content
    # News are taken in the order they come in.
    assert other.get(film.target).body == film.content
    wire.poll(other.history, 10, "the watch is recorded")
    counts = {entry["infohash"]: entry["session_count"]
              for entry in other.get("/api/popular?limit=100").json()["films"]}
    assert counts[film.infohash] == 1


def test_without_its_database_nobody_gets_in(make_server):
    server = make_server("--accounts", env={"DATABASE_URL": "postgresql://a:b@127.0.0.1:1/none"})
    assert wire.get(server, "/api/health").status == 200
    wire.assert_problem(wire.get(server, "/api/streams"), 401)
    shown = {"Cookie": f"{LOGIN}={'A' * 43}"}
    wire.assert_problem(wire.get(server, "/api/streams", shown), 503)
    wire.assert_problem(Viewer(server).log_in("anna", PASSWORD), 503)


def test_who_was_let_in_watches_on_while_the_database_is_away(make_server, seeder, seeded):
    database = stores.PostgresServer()
    try:
        env = {"DATABASE_URL": database.make_store().url}
        server = make_server("--accounts", "--registration", "open", env=env)
        elsewhere = Viewer(make_server("--accounts", env=env))
        film = films.Film(server, seeded(seeder, "let-in.mp4", 18 * MIB), seeder.address)
        viewer, left = register(server, "anna"), register(server, "bert")
        refused = register(server, "carl")
        assert viewer.send("POST", "/api/torrents", {"magnet": film.magnet}).status in (200, 201)
        ended = dict(left.cookies)
        assert left.send("POST", "/api/auth/logout").status == 204
        assert refused.get(film.target).status == 200
        elsewhere.cookies.update(refused.cookies)
        assert elsewhere.send("POST", "/api/auth/logout").status == 204
        assert refused.get(film.target).status == 401
        database.stop(signal.SIGINT)
        assert viewer.get(film.target).body == film.content
        wire.assert_problem(viewer.get("/api/history"), 503)
        left.cookies.update(ended)
        wire.assert_problem(left.get(film.target), 503)
        wire.assert_problem(refused.get(film.target), 503)
        wire.assert_problem(wire.get(server, film.target), 401)
        database.start()
        wire.poll(lambda: left.get(film.target).status == 401, 20, "the database is asked again")
        assert viewer.get(film.target).status == 200
    finally:
        database.close()
