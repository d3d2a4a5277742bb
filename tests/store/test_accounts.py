"""Accounts, passwords, logins and lockout, the same on SQLite and on PostgreSQL."""

import threading
import time
import uuid

import capi
import pytest
from capi import EACCES, EBUSY, EINVAL, ELIMIT, ENOENT

PASSWORD = "correct horse"


def fails_with(code, function, *arguments):
    with pytest.raises(capi.TstreamError) as caught:
        function(*arguments)
    assert caught.value.code == code, caught.value
    assert PASSWORD not in caught.value.message
    return caught.value.message


@pytest.fixture
def open_accounts(store):
    made = []

    def make(**options):
        made.append(capi.Accounts(store.url, **options))
        return made[-1]

    yield make
    for accounts in made:
        accounts.close()


@pytest.fixture
def accounts(open_accounts):
    return open_accounts()


@pytest.fixture
def ada(accounts):
    return accounts.create("Ada", PASSWORD)


def test_who_registered_is_let_in(accounts, ada):
    assert uuid.UUID(ada.id) and ada.name == "ada" and ada.token_id == ""
    assert accounts.verify("ada", PASSWORD) == ada
    assert accounts.verify("ADA", PASSWORD).id == ada.id
    assert accounts.count() == 1


def test_a_wrong_name_and_a_wrong_password_are_told_alike(accounts, ada):
    messages = {fails_with(EACCES, accounts.verify, name, password) for name, password in (
        ("ada", PASSWORD + "x"), ("ada", ""), ("nobody", PASSWORD), ("ada", "x" * 5000),
        ("' OR 1=1 --", PASSWORD), ("", PASSWORD), ("ada\n", PASSWORD), ("nobody", "nobody's"))}
    assert len(messages) == 1


def test_an_unknown_name_takes_as_long_as_a_wrong_password(open_accounts):
    """Without the hash it would take a hundredth; the medians are of a machine that may be
    busy."""
    accounts = open_accounts(hash_memory_kib=32768, hash_passes=2, max_failures=1000)
    accounts.create("ada", PASSWORD)

    def median(name):
        times = []
        for _ in range(5):
            started = time.process_time()
            fails_with(EACCES, accounts.verify, name, "wrong password")
            times.append(time.process_time() - started)
        return sorted(times)[2]

    assert 0.3 < median("nobody") / median("ada") < 3


def test_passwords_are_stored_as_argon2id_and_tokens_as_hashes(accounts, ada, store):
    token, _ = accounts.login(ada.id)
    [[stored]] = store.sql("SELECT password_hash FROM accounts")
    assert stored.startswith("$argon2id$v=19$m=1024,t=1,p=1$") and PASSWORD not in stored
    [[stored]] = store.sql("SELECT token_hash FROM account_logins")
    assert len(stored) == 64 and token not in stored
    fails_with(EACCES, accounts.find_token, stored[:43])


@pytest.mark.parametrize("name", ["", " ", "a b", "é", "a/b", "a'b", "x" * 65, None, b"\xff"])
def test_names_are_short_and_plain(accounts, name):
    fails_with(EINVAL, accounts.create, name, PASSWORD)


@pytest.mark.parametrize("name", ["x" * 64, "a.b_c-d@e+f", "0"])
def test_a_plain_name_is_taken(accounts, name):
    assert accounts.verify(name, PASSWORD) if accounts.create(name, PASSWORD) else None


@pytest.mark.parametrize("password", ["", "1234567", "x" * 1025, None])
def test_passwords_have_bounds(accounts, password):
    fails_with(EINVAL, accounts.create, "ada", password)
    assert accounts.count() == 0


@pytest.mark.parametrize("password", ["12345678", "x" * 1024, "pässwörd 🎬", b"\xff\xfe\x01 bytes"])
def test_any_bytes_make_a_password(accounts, password):
    account = accounts.create("ada", password)
    assert accounts.verify("ada", password).id == account.id
    longer = password + (b"y" if isinstance(password, bytes) else "y")
    fails_with(EACCES, accounts.verify, "ada", longer)


def test_a_name_is_taken_once(accounts, ada):
    assert "taken" in fails_with(EBUSY, accounts.create, "aDA", "another password")
    assert accounts.verify("ada", PASSWORD).id == ada.id


def test_of_many_who_want_a_name_at_once_one_gets_it(accounts):
    results = []

    def create(number):
        try:
            results.append(accounts.create("ada", f"password {number}").id)
        except capi.TstreamError as error:
            results.append(error.code)

    threads = [threading.Thread(target=create, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results.count(EBUSY) == 11 and accounts.count() == 1


def test_there_are_no_more_accounts_than_there_may_be(open_accounts):
    accounts = open_accounts(max_accounts=2)
    accounts.create("one", PASSWORD)
    accounts.create("two", PASSWORD)
    fails_with(ELIMIT, accounts.create, "three", PASSWORD)


def test_a_token_stands_for_its_account(accounts, ada):
    token, account = accounts.login(ada.id, "Firefox")
    found = accounts.find_token(token)
    assert found == account and found.id == ada.id and found.name == "ada"
    assert len(token) == 43 and set(token) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert 29 * 86400e6 < found.expires_at_us - time.time() * 1e6 < 31 * 86400e6
    assert accounts.login(ada.id)[0] != token


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "x" * 44, "x" * 100000, "é" * 43, "' OR 1=1"])
def test_what_is_no_token_lets_nobody_in(accounts, ada, token):
    accounts.login(ada.id)
    fails_with(EACCES, accounts.find_token, token)


def test_a_token_expires(open_accounts):
    accounts = open_accounts(token_lifetime_us=300_000)
    ada = accounts.create("ada", PASSWORD)
    token, account = accounts.login(ada.id)
    deadline = time.monotonic() + 20
    with pytest.raises(capi.TstreamError) as caught:
        while time.monotonic() < deadline:
            accounts.find_token(token)
            time.sleep(0.02)
    assert caught.value.code == EACCES and time.time() * 1e6 >= account.expires_at_us
    assert accounts.logins(ada.id) == []


def test_logins_are_listed_newest_first_and_revoked_one_by_one(accounts, ada):
    tokens = [accounts.login(ada.id, f"login {number}") for number in range(3)]
    assert [login.label for login in accounts.logins(ada.id)] == ["login 2", "login 1", "login 0"]
    accounts.revoke(ada.id, tokens[1][1].token_id)
    fails_with(EACCES, accounts.find_token, tokens[1][0])
    assert accounts.find_token(tokens[0][0]) and accounts.find_token(tokens[2][0])
    fails_with(ENOENT, accounts.revoke, ada.id, tokens[1][1].token_id)


def test_nobody_revokes_the_login_of_another(accounts, ada):
    bob = accounts.create("bob", PASSWORD)
    token, account = accounts.login(ada.id)
    fails_with(ENOENT, accounts.revoke, bob.id, account.token_id)
    accounts.revoke_all(bob.id)
    assert accounts.find_token(token).id == ada.id and accounts.logins(bob.id) == []


def test_all_logins_but_one_are_revoked(accounts, ada):
    tokens = [accounts.login(ada.id) for _ in range(4)]
    accounts.revoke_all(ada.id, tokens[2][1].token_id)
    assert [login.token_id for login in accounts.logins(ada.id)] == [tokens[2][1].token_id]
    accounts.revoke_all(ada.id)
    fails_with(EACCES, accounts.find_token, tokens[2][0])


def test_of_too_many_logins_the_oldest_make_way(open_accounts):
    accounts = open_accounts(max_tokens=3)
    ada = accounts.create("ada", PASSWORD)
    tokens = [accounts.login(ada.id)[0] for _ in range(5)]
    for token in tokens[:2]:
        fails_with(EACCES, accounts.find_token, token)
    assert len(accounts.logins(ada.id)) == 3 and accounts.find_token(tokens[2])


@pytest.mark.parametrize("label, kept", [
    (None, ""), ("<b>\x00", "<b>"), ("a\nb\u202ec", "abc"), ("é" * 300, "é" * 100),
    (b"\xff", "\ufffd")])
def test_a_label_is_kept_as_clean_bounded_text(accounts, ada, label, kept):
    accounts.login(ada.id, label)
    assert accounts.logins(ada.id)[0].label == kept


def test_a_password_is_changed_by_who_knows_it_and_ends_other_logins(accounts, ada):
    mine, other = accounts.login(ada.id), accounts.login(ada.id)
    fails_with(EACCES, accounts.change_password, ada.id, "wrong", "a new password")
    fails_with(EINVAL, accounts.change_password, ada.id, PASSWORD, "short")
    accounts.change_password(ada.id, PASSWORD, "a new password", None, mine[1].token_id)
    fails_with(EACCES, accounts.verify, "ada", PASSWORD)
    assert accounts.verify("ada", "a new password").id == ada.id
    assert accounts.find_token(mine[0]).id == ada.id
    fails_with(EACCES, accounts.find_token, other[0])


def test_who_runs_the_server_sets_a_password(accounts, ada):
    token, _ = accounts.login(ada.id)
    accounts.reset_password("ADA", "a new password")
    assert accounts.verify("ada", "a new password").id == ada.id
    fails_with(EACCES, accounts.find_token, token)
    fails_with(ENOENT, accounts.reset_password, "nobody", "a new password")


def test_a_deleted_account_is_gone_with_its_logins(accounts, ada, store):
    token, _ = accounts.login(ada.id)
    accounts.delete(ada.id)
    fails_with(ENOENT, accounts.delete, ada.id)
    fails_with(EACCES, accounts.find_token, token)
    fails_with(EACCES, accounts.verify, "ada", PASSWORD)
    fails_with(ENOENT, accounts.login, ada.id)
    fails_with(ENOENT, accounts.change_password, ada.id, PASSWORD, "a new password")
    assert store.sql("SELECT count(*) FROM account_logins") == [["0"]]
    assert accounts.create("ada", PASSWORD).id != ada.id


def test_after_too_many_failures_not_even_the_right_password_is_heard(open_accounts):
    accounts = open_accounts(max_failures=3)
    accounts.create("ada", PASSWORD)
    for _ in range(3):
        fails_with(EACCES, accounts.verify, "ada", "wrong password", "10.0.0.1")
    assert "seconds" in fails_with(ELIMIT, accounts.verify, "ada", PASSWORD, "10.0.0.1")
    assert accounts.verify("ada", PASSWORD, "10.0.0.2").name == "ada"


def test_a_right_password_forgets_the_failures_before_it(open_accounts):
    accounts = open_accounts(max_failures=3)
    accounts.create("ada", PASSWORD)
    for _ in range(4):
        fails_with(EACCES, accounts.verify, "ada", "wrong password", "10.0.0.1")
        fails_with(EACCES, accounts.verify, "ada", "wrong password", "10.0.0.1")
        accounts.verify("ada", PASSWORD, "10.0.0.1")


def test_a_client_that_tries_many_names_is_locked_out(open_accounts):
    accounts = open_accounts(max_failures=2)
    accounts.create("ada", PASSWORD)
    for number in range(10):
        fails_with(EACCES, accounts.verify, f"name{number}", "wrong password", "10.0.0.1")
    fails_with(ELIMIT, accounts.verify, "ada", PASSWORD, "10.0.0.1")


def test_a_name_that_many_clients_try_is_locked_out(open_accounts):
    accounts = open_accounts(max_failures=1)
    accounts.create("ada", PASSWORD)
    for number in range(10):
        fails_with(EACCES, accounts.verify, "ada", "wrong password", f"10.0.0.{number}")
    fails_with(ELIMIT, accounts.verify, "ada", PASSWORD, "10.0.1.1")


def test_of_guesses_made_at_once_none_slips_through(open_accounts):
    accounts = open_accounts(max_failures=3)
    accounts.create("ada", PASSWORD)
    codes = []

    def guess():
        try:
            accounts.verify("ada", "wrong password", "10.0.0.1")
        except capi.TstreamError as error:
            codes.append(error.code)

    threads = [threading.Thread(target=guess) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [ELIMIT] * 17 + [EACCES] * 3


def test_a_lockout_ends(open_accounts):
    accounts = open_accounts(max_failures=1, lockout_us=300_000)
    accounts.create("ada", PASSWORD)
    fails_with(EACCES, accounts.verify, "ada", "wrong password")
    deadline = time.monotonic() + 20
    while True:
        try:
            assert accounts.verify("ada", PASSWORD).name == "ada"
            return
        except capi.TstreamError as error:
            assert error.code == ELIMIT and time.monotonic() < deadline
            time.sleep(0.02)


def test_accounts_are_still_there_when_they_are_opened_again(open_accounts):
    open_accounts().create("ada", PASSWORD)
    assert open_accounts().verify("ada", PASSWORD).name == "ada"


def test_options_have_bounds(store):
    for options in ({"flags": 1}, {"timeout_us": -1}, {"max_hashes": 65}, {"hash_memory_kib": 7},
                    {"max_connections": 65}, {"lockout_us": 10 ** 12}):
        fails_with(EINVAL, lambda options=options: capi.Accounts(store.url, **options))
