"""Histories and accounts, in a file."""

import json
import threading

import pytest

import tstream

FILM, OTHER = "1" * 40, "2" * 40
HOUR_US = 3600 * 1_000_000


@pytest.fixture
def history(tmp_path):
    with tstream.History(f"sqlite:{tmp_path / 'history.db'}") as opened:
        yield opened


@pytest.fixture
def accounts(tmp_path):
    """With hashes that cost little."""
    with tstream.Accounts(f"sqlite:{tmp_path / 'history.db'}", hash_memory_kib=64,
                          hash_passes=1) as opened:
        yield opened


def test_what_is_recorded_is_listed_and_resumed(history):
    history.ping()
    id = history.record("me", f"magnet:?xt=urn:btih:{FILM}&dn=A+film", position_us=5, file_index=2)
    assert history.record("me", FILM, file_index=2) == id
    (entry,) = history.entries("me")
    assert (entry.id, entry.infohash, entry.file_index, entry.position_us) == (id, FILM, 2, 5)
    history.set_position("me", id, HOUR_US, 2 * HOUR_US)
    assert history.file_position("me", FILM, 2) == (HOUR_US, 2 * HOUR_US)
    history.set_file_position("me", FILM, 2, 7)
    assert history.find("me", id).position_us == 7
    assert history.file_position("me", OTHER, 0) is None
    assert json.loads(history.export_json("me"))["history"][0]["id"] == id
    for missing in (lambda: history.find("somebody", id), lambda: history.remove("me", OTHER),
                    lambda: history.set_file_position("me", OTHER, 0, 1)):
        with pytest.raises((FileNotFoundError, ValueError)):
            missing()


def test_pages_give_everything_once(history):
    for number in range(1, 121):
        history.record("me", f"{number:040x}", watched_at_us=number * HOUR_US)
    entries = list(history.entries("me"))
    assert [entry.infohash for entry in entries] == [f"{n:040x}" for n in range(120, 0, -1)]
    page = history.page("me", limit=100)
    assert len(page.entries) == 100 and page.cursor
    rest = history.page("me", limit=100, cursor=page.cursor)
    assert len(rest.entries) == 20 and rest.cursor == ""
    assert history.prune(61 * HOUR_US)
    assert len(list(history.entries("me", latest=True))) == 60
    history.clear("me")
    assert list(history.entries("me")) == []


def test_popular_films_are_counted_by_sessions(history):
    for session in ("a", "b"):
        history.record(session, FILM, title="The film")
    history.record("a", OTHER)
    first, second = history.popular(days=1, limit=5)
    assert (first.infohash, first.session_count, first.title) == (FILM, 2, "The film")
    assert second.session_count == 1
    history.claim("b", "a")
    assert len(list(history.entries("b"))) == 0
    history.remove("a", next(history.entries("a")).id)


def test_a_history_that_cannot_be_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        tstream.History(f"sqlite:{tmp_path}/missing/history.db")
    with pytest.raises((ValueError, NotImplementedError)):
        tstream.History("ftp://nowhere")


def test_threads_record_at_the_same_time(history):
    threads = [threading.Thread(target=lambda n=n: [history.record(f"s{n}", f"{f:040x}")
                                                    for f in range(1, 11)]) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(len(list(history.entries(f"s{number}"))) == 10 for number in range(6))


def test_accounts_log_in_and_out(accounts):
    assert len(accounts) == 0 and accounts
    account = accounts.create("Ann", "a password")
    assert account.name == "ann" and len(accounts) == 1
    with pytest.raises(tstream.BusyError):
        accounts.create("ANN", "another password")
    with pytest.raises(ValueError):
        accounts.create("bob", "short")
    with pytest.raises(PermissionError):
        accounts.verify("ann", "wrong password", "127.0.0.1")
    assert accounts.verify("ann", "a password").id == account.id
    login = accounts.login(account.id, "a browser")
    assert accounts.find_token(login.token).id == account.id
    (entry,) = accounts.logins(account.id)
    assert (entry.token_id, entry.label) == (login.account.token_id, "a browser")
    other = accounts.login(account.id)
    accounts.change_password(account.id, "a password", "a new password",
                             keep_token_id=other.account.token_id)
    with pytest.raises(PermissionError):
        accounts.find_token(login.token)
    accounts.revoke(account.id, other.account.token_id)
    assert accounts.logins(account.id) == []
    accounts.login(account.id)
    accounts.revoke_all(account.id)
    accounts.reset_password("ann", "a third password")
    accounts.delete(account.id)
    with pytest.raises(PermissionError):
        accounts.verify("ann", "a third password")


def test_too_many_failures_lock_a_name_out(tmp_path):
    with tstream.Accounts(f"sqlite:{tmp_path / 'a.db'}", hash_memory_kib=64, hash_passes=1,
                          max_failures=2) as accounts:
        accounts.create("ann", "a password")
        for _ in range(2):
            with pytest.raises(PermissionError):
                accounts.verify("ann", "wrong password")
        with pytest.raises(tstream.LimitError):
            accounts.verify("ann", "a password")
