"""What a history does, the same on SQLite and on PostgreSQL."""

import base64
import json
import uuid

import capi
import pytest
from capi import EINVAL, ENOENT, LATEST, TstreamError
from films import (DAY_US, FILM, HOUR_US, MAGNET, MINUTE_US, OTHER_FILM, OTHER_MAGNET, V2_FILM,
                   film, now_us)


def fails_with(code, function, *arguments, **options):
    with pytest.raises(TstreamError) as caught:
        function(*arguments, **options)
    assert caught.value.code == code, caught.value
    return caught.value.message


def test_a_watch_comes_back_as_it_was_recorded(history):
    before = now_us()
    row_id = history.record("me", MAGNET, "Sintel", 2, 5_000_000, 888_000_000)
    [entry] = history.all("me")
    assert entry.id == row_id and uuid.UUID(row_id).version == 7
    assert (entry.infohash, entry.magnet, entry.title, entry.file_index) == (FILM, MAGNET,
                                                                            "Sintel", 2)
    assert (entry.position_us, entry.duration_us) == (5_000_000, 888_000_000)
    assert before <= entry.watched_at_us == entry.updated_at_us <= now_us()


def test_the_table_has_the_five_columns_that_other_programs_rely_on(history, store):
    row_id = history.record("me", MAGNET, "Sintel")
    [row] = store.sql("SELECT id, magnet, title, watched_at, session_id FROM watched_torrents")
    assert row[:3] + row[4:] == [row_id, MAGNET, "Sintel", "me"]
    if store.kind == "postgres":
        types = dict(store.sql("SELECT column_name, data_type FROM information_schema.columns "
                               "WHERE table_name = 'watched_torrents'"))
    else:
        types = {name: kind.lower() for _, name, kind, *_ in
                 store.sql("PRAGMA table_info(watched_torrents)")}
    assert types["id"] == "uuid" and types["watched_at"].startswith("timestamp")
    assert [types[name] for name in ("magnet", "title", "session_id")] == ["text"] * 3


def test_recording_again_within_a_sitting_changes_its_row(history):
    first = history.record("me", MAGNET, "Sintel", position=1_000_000)
    assert history.record("me", MAGNET, position=2_000_000, duration=3_000_000) == first
    [entry] = history.all("me")
    assert (entry.position_us, entry.duration_us, entry.title) == (2_000_000, 3_000_000, "Sintel")


def test_what_is_not_told_stays_as_it_is(history):
    history.record("me", MAGNET, position=5, duration=9)
    history.record("me", MAGNET)
    assert history.position("me", FILM) == (5, 9)


def test_a_pause_longer_than_the_gap_ends_a_sitting(open_history):
    history = open_history(gap=600)
    start = now_us() - DAY_US
    first = history.record("me", MAGNET, at=start)
    assert history.record("me", MAGNET, at=start + 10 * MINUTE_US) == first
    assert history.record("me", MAGNET, at=start + 20 * MINUTE_US) == first
    second = history.record("me", MAGNET, at=start + 31 * MINUTE_US)
    assert second != first
    assert [entry.id for entry in history.all("me")] == [second, first]


def test_a_new_sitting_begins_where_the_last_one_ended(history):
    history.record("me", MAGNET, position=7, duration=70, at=now_us() - DAY_US)
    history.record("me", MAGNET)
    assert history.position("me", FILM) == (7, 70)


def test_a_sitting_told_late_is_not_the_newest(history):
    newest = history.record("me", MAGNET, position=7)
    older = history.record("me", MAGNET, position=3, at=now_us() - 2 * DAY_US)
    assert [entry.id for entry in history.all("me")] == [newest, older]
    assert history.position("me", FILM)[0] == 7


def test_setting_a_position_continues_the_sitting(open_history):
    history = open_history(gap=600)
    row_id = history.record("me", MAGNET, at=now_us() - HOUR_US)
    history.set_position("me", row_id, 42)
    assert history.record("me", MAGNET) == row_id


def test_files_sessions_and_films_have_rows_of_their_own(history):
    ids = {history.record("me", MAGNET), history.record("me", MAGNET, file_index=1),
           history.record("you", MAGNET), history.record("me", OTHER_MAGNET)}
    assert len(ids) == 4
    assert len(history.all("me")) == 3 and len(history.all("you")) == 1


@pytest.mark.parametrize("other", [
    FILM, FILM.upper(), base64.b32encode(bytes.fromhex(FILM)).decode(),
    f"magnet:?dn=Another&xt=urn:btih:{FILM.upper()}&tr=http%3A%2F%2Ftracker.example%2Fannounce"])
def test_two_magnets_of_one_infohash_are_one_film(history, other):
    assert history.record("me", MAGNET) == history.record("me", other)
    assert history.record("you", other)
    assert [(film.infohash, film.session_count) for film in history.popular()] == [(FILM, 2)]


@pytest.mark.parametrize("magnet, title", [
    (MAGNET, "Sintel"), (FILM, FILM), (V2_FILM, V2_FILM),
    (f"magnet:?xt=urn:btih:{FILM}&dn=", FILM), (f"magnet:?xt=urn:btih:{FILM}&dn=%00%0a", FILM)])
@pytest.mark.parametrize("given", [None, "", "  ", "\n\t"])
def test_a_title_falls_back_to_the_magnets_and_to_the_infohash(history, magnet, title, given):
    history.record("me", magnet, given)
    assert [entry.title for entry in history.all("me")] == [title]


def test_a_bare_infohash_is_kept_as_a_magnet(history):
    history.record("me", FILM)
    history.record("me", V2_FILM)
    assert {entry.magnet for entry in history.all("me")} == {
        f"magnet:?xt=urn:btih:{FILM}", f"magnet:?xt=urn:btmh:1220{V2_FILM}"}


@pytest.mark.parametrize("given, kept", [
    ("'; DROP TABLE watched_torrents; --", None), ("$1 $2 ?1 %s %n {}", None), ("\\x41 \\' E'", None),
    ("<script>alert(1)</script>&amp;\"'", None), ("日本語 🎬 e\u0301 \u05d0", None),
    ("a\x07b\r\n\x1b[31mc\x7f", "ab[31mc"), ("gpj.\u202eexe", "gpj.exe"),
    (b"caf\xe9 \xff\xfe \xc0\x80 \xed\xa0\x80", "caf\ufffd \ufffd\ufffd \ufffd\ufffd "
                                                "\ufffd\ufffd\ufffd"),
    (b"cut\x00off", "cut"),
    ("x" * 65536, "x" * 1024), ("é" * 40000, "é" * 512), ("🎬" * 300 + "x", "🎬" * 256),
    (b"\xff" * 70000, "\ufffd" * 341), ("\n" * 70000 + "beyond", "Sintel")],
    ids=lambda text: repr(text)[:24])
def test_a_title_is_kept_as_clean_bounded_text(history, given, kept):
    history.record("me", MAGNET, given)
    [entry] = history.all("me")
    assert entry.title == (given if kept is None else kept)
    assert json.loads(history.export("me"))["history"][0]["title"] == entry.title
    assert history.popular()[0].title == entry.title


@pytest.mark.parametrize("session", [None, "", "a b", "a\nb", "é", "x" * 129, b"\xff"])
def test_a_session_id_is_printable_bounded_ascii(history, session):
    fails_with(EINVAL, history.record, session, MAGNET)
    fails_with(EINVAL, history.page, session)
    fails_with(EINVAL, history.clear, session)
    fails_with(EINVAL, history.claim, "me", session)


def test_a_magnet_that_is_no_utf_8_is_stored_and_exported_as_such(history):
    history.record("me", MAGNET.encode() + b"&x.note=\xff\xfe")
    document = json.loads(history.export("me"))
    assert document["history"][0]["magnet"] == MAGNET + "&x.note=\ufffd\ufffd"


def test_a_session_id_may_look_like_anything_else(history):
    for session in ("'--", "%", "_", "x" * 128, "$1", "a;b"):
        history.record(session, MAGNET)
        assert len(history.all(session)) == 1


@pytest.mark.parametrize("options", [
    {"magnet": "magnet:?dn=nothing"}, {"magnet": ""}, {"magnet": None}, {"position": -1},
    {"position": 2 ** 62}, {"duration": -1}, {"at": -1}, {"magnet": MAGNET + "&x=" + "y" * 9000}],
    ids=str)
def test_what_cannot_be_meant_is_refused(history, options):
    fails_with(EINVAL, history.record, "me", **{"magnet": MAGNET, **options})
    assert history.all("me") == []


def test_large_numbers_come_back_whole(history):
    position = capi.microseconds(99 * 24 * 3600)
    history.record("me", MAGNET, file_index=2 ** 32 - 1, position=position, duration=position + 1)
    assert history.position("me", FILM, 2 ** 32 - 1) == (position, position + 1)
    assert history.all("me")[0].file_index == 2 ** 32 - 1


def test_a_time_to_come_is_now(history):
    history.record("me", MAGNET, at=now_us() + 100 * DAY_US)
    assert abs(history.all("me")[0].watched_at_us - now_us()) < HOUR_US


def test_a_position_is_set_by_row_and_by_file(history):
    row_id = history.record("me", MAGNET)
    history.set_position("me", row_id.upper(), 10, 100)
    assert history.position("me", FILM) == (10, 100)
    history.set_file_position("me", FILM.upper(), 0, 20)
    assert history.position("me", FILM) == (20, 100)
    history.set_position("me", row_id, 0)
    assert history.find("me", row_id).position_us == 0


def test_nobody_sees_or_changes_what_another_session_watched(history):
    row_id = history.record("me", MAGNET, position=1)
    for function, arguments in ((history.set_position, (row_id, 5)), (history.remove, (row_id,)),
                                (history.find, (row_id,)),
                                (history.set_file_position, (FILM, 0, 5)),
                                (history.position, (FILM,))):
        fails_with(ENOENT, function, "you", *arguments)
    history.clear("you")
    assert history.all("you") == [] and history.position("me", FILM)[0] == 1


@pytest.mark.parametrize("row_id", ["", "x", "0" * 36, "../../etc/passwd", None,
                                    "00000000-0000-0000-0000-00000000000g"])
def test_an_id_that_is_none_is_refused(history, row_id):
    fails_with(EINVAL, history.remove, "me", row_id)
    fails_with(EINVAL, history.set_position, "me", row_id, 1)


def test_a_row_that_is_not_there_is_not_found(history):
    missing = str(uuid.uuid4())
    fails_with(ENOENT, history.remove, "me", missing)
    fails_with(ENOENT, history.set_position, "me", missing, 1)
    fails_with(ENOENT, history.set_file_position, "me", FILM, 0, 1)


def fill(history, count, session="me", files=1):
    """Sittings a day apart, oldest first."""
    start = now_us() - (count + 1) * DAY_US
    return [history.record(session, film(i % files), at=start + i * DAY_US) for i in range(count)]


@pytest.mark.parametrize("limit", [1, 3, 4, 11, 12, 13])
def test_pages_put_together_are_the_whole_history_newest_first(history, limit):
    ids = fill(history, 12, files=5)
    assert [entry.id for entry in history.all("me", limit=limit)] == ids[::-1]


def test_the_last_page_has_no_cursor(history):
    fill(history, 4)
    assert history.page("me", limit=4)[1] == ""
    assert history.page("nobody") == ([], "")


def test_what_changes_while_pages_are_turned_is_neither_skipped_nor_doubled(history):
    ids = fill(history, 9)
    first, cursor = history.page("me", limit=3)
    history.record("me", OTHER_MAGNET)
    history.remove("me", first[-1].id)
    history.remove("me", ids[0])
    rest = []
    while cursor:
        entries, cursor = history.page("me", cursor, limit=3)
        rest += entries
    assert [entry.id for entry in first + rest] == ids[:0:-1]


def test_sittings_of_one_moment_are_told_apart(history):
    at = now_us() - DAY_US
    ids = {history.record("me", film(i), at=at) for i in range(7)}
    assert {entry.id for entry in history.all("me", limit=2)} == ids


@pytest.mark.parametrize("cursor", ["x", "0" * 47, "0" * 49, "g" * 48, "f" * 48, "' OR 1=1 --"])
def test_a_cursor_that_no_page_gave_is_refused(history, cursor):
    fails_with(EINVAL, history.page, "me", cursor)


def test_limits_and_flags_have_bounds(history):
    fails_with(EINVAL, history.page, "me", limit=1001)
    fails_with(EINVAL, history.page, "me", flags=2)
    fails_with(EINVAL, history.popular, limit=101)
    fails_with(EINVAL, history.popular, days=3651)


def test_only_the_newest_sitting_of_each_file_if_asked(history):
    ids = fill(history, 12, files=5)
    latest = history.all("me", limit=2, flags=LATEST)
    assert [entry.id for entry in latest] == ids[:6:-1]


def test_when_the_newest_sitting_is_removed_the_one_before_it_is_the_newest(history):
    older, newest = fill(history, 2)
    history.set_position("me", older, 5)
    history.set_position("me", newest, 9)
    history.remove("me", newest)
    assert history.position("me", film(0))[0] == 5
    assert [entry.id for entry in history.all("me", flags=LATEST)] == [older]
    history.remove("me", older)
    assert history.all("me") == [] and history.popular() == []


def test_clearing_removes_everything_of_one_session(history):
    fill(history, 5)
    history.record("you", MAGNET)
    history.clear("me")
    history.clear("me")
    assert history.all("me") == [] and len(history.all("you")) == 1


def test_of_too_many_rows_the_oldest_make_way(open_history):
    history = open_history(max_rows_per_session=5)
    ids = fill(history, 8)
    assert [entry.id for entry in history.all("me")] == ids[:2:-1]


def test_claimed_rows_are_another_sessions(history):
    fill(history, 3, "anonymous", files=3)
    mine = history.record("me", OTHER_MAGNET)
    history.claim("anonymous", "me")
    history.claim("anonymous", "me")
    assert history.all("anonymous") == [] and len(history.all("me")) == 4
    assert history.find("me", mine).infohash == OTHER_FILM
    assert {film.session_count for film in history.popular()} == {1}


@pytest.mark.parametrize("newer", ["anonymous", "me"])
def test_of_two_newest_sittings_of_a_file_the_newer_says_where_to_resume(history, newer):
    older = "me" if newer == "anonymous" else "anonymous"
    history.record(older, MAGNET, position=1, at=now_us() - 2 * DAY_US)
    history.record(newer, MAGNET, position=2, at=now_us() - DAY_US)
    history.claim("anonymous", "me")
    assert history.position("me", FILM)[0] == 2
    assert len(history.all("me", flags=LATEST)) == 1 and len(history.all("me")) == 2
    history.record("me", MAGNET, position=3)
    assert history.position("me", FILM)[0] == 3


BROKEN = {"postgres": "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE "
                      "EXCEPTION 'no'; END $$; CREATE TRIGGER trap BEFORE UPDATE ON watched_torrents "
                      "FOR EACH ROW WHEN (NEW.title = 'trap') EXECUTE FUNCTION refuse()",
          "sqlite": "CREATE TRIGGER trap BEFORE UPDATE ON watched_torrents WHEN NEW.title = 'trap' "
                    "BEGIN SELECT RAISE(FAIL, 'no'); END"}


def test_a_claim_that_was_interrupted_keeps_order_and_can_be_gone_on_with(new_store):
    """Long histories change hands in parts; something fails when the first ones have gone."""
    count, files, trap = 1300, 400, 1250
    with capi.History(new_store.url) as history:
        insert_sittings(new_store, "anonymous", count, files)
        insert_sittings(new_store, "me", 3, 3)
        new_store.sql(f"UPDATE watched_torrents SET title = 'trap' WHERE title = 'T {trap}'")
        new_store.sql(BROKEN[new_store.kind])
        with pytest.raises(capi.TstreamError):
            history.claim("anonymous", "me")
        left = [entry.title for entry in history.all("anonymous")]
        assert 0 < len(left) < count and left[0] == f"T {count}"
        assert_newest_are_marked(history, "anonymous")
        assert_newest_are_marked(history, "me")
        new_store.sql("DROP TRIGGER trap" + (" ON watched_torrents" if new_store.kind == "postgres"
                                             else ""))
        history.claim("anonymous", "me")
        assert history.all("anonymous") == [] and len(history.all("me")) == count + 3
        assert_newest_are_marked(history, "me")
        assert {film.session_count for film in history.popular()} == {1}


def insert_sittings(store, session, count, files):
    """Titles T 1 to T COUNT, a minute apart, the last one now."""
    if store.kind == "postgres":
        numbers = f"generate_series(1, {count}) AS value"
        infohash, row_id = f"lpad(to_hex(value % {files} + 1), 40, '0')", "gen_random_uuid()"
        at = f"now() AT TIME ZONE 'UTC' - ({count} - value) * INTERVAL '1 minute'"
    else:
        numbers = ("(WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n "
                   f"WHERE value < {count}) SELECT value FROM n)")
        infohash = f"printf('%040x', value % {files} + 1)"
        row_id = f"printf('%08x-0000-0000-0000-%012x', value, {count})"
        at = f"strftime('%Y-%m-%d %H:%M:%S.000000', 'now', '-' || ({count} - value) || ' minutes')"
    store.sql(f"INSERT INTO watched_torrents SELECT {row_id}, 'm', 'T ' || value, {at}, '{session}', "
              f"{infohash}, 0, 0, 0, {at}, value > {count - files} FROM {numbers}")


def assert_newest_are_marked(history, session):
    newest = {}
    for entry in history.all(session):
        newest.setdefault(entry.infohash, entry.id)
    marked = [entry.id for entry in history.all(session, flags=LATEST)]
    assert sorted(marked) == sorted(newest.values())


def test_a_session_that_claims_itself_keeps_what_it_has(history):
    fill(history, 3)
    history.claim("me", "me")
    assert len(history.all("me")) == 3


def test_pruning_removes_what_began_before(history):
    ids = fill(history, 6)
    assert history.prune(now_us() - 4 * DAY_US - HOUR_US)
    assert [entry.id for entry in history.all("me")] == ids[:2:-1]


def test_the_export_is_json_and_holds_everything(history):
    history.record("me", MAGNET, 'A "quoted" \\ title </script>', 1, 5, 9)
    fill(history, 2)
    document = json.loads(history.export("me"))
    assert document["version"] == 1 and document["exported_at"].endswith("Z")
    assert [entry["id"] for entry in document["history"]] == [entry.id for entry
                                                              in history.all("me")]
    newest = document["history"][0]
    assert newest["title"] == 'A "quoted" \\ title </script>' and newest["magnet"] == MAGNET
    assert (newest["file_index"], newest["position_us"], newest["duration_us"]) == (1, 5, 9)
    assert newest["watched_at"][10] == "T" and newest["infohash"] == FILM
    assert json.loads(history.export("nobody"))["history"] == []


def test_an_export_is_longer_than_a_page(history, store):
    fill(history, 1)
    numbers = ("SELECT value FROM generate_series(1, 2100) AS value" if store.kind == "postgres"
               else "WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n "
                    "WHERE value < 2100) SELECT value FROM n")
    make_id = ("gen_random_uuid()" if store.kind == "postgres" else
               "printf('%08x-0000-0000-0000-000000000000', value)")
    store.sql(f"INSERT INTO watched_torrents SELECT {make_id}, 'm', 't', '2020-01-01 00:00:00.000000', "
              f"'me', 'f', value, 0, 0, '2020-01-01 00:00:00.000000', TRUE FROM ({numbers}) AS numbers")
    exported = json.loads(history.export("me"))["history"]
    assert len({entry["id"] for entry in exported}) == len(exported) == 2101


def test_a_history_is_still_there_when_it_is_opened_again(open_history):
    open_history().record("me", MAGNET, "Sintel")
    assert [entry.title for entry in open_history().all("me")] == ["Sintel"]


def test_a_ping_is_answered(history):
    history.ping()


def test_options_have_bounds(store):
    for options in ({"timeout": 61}, {"timeout": -1}, {"gap": 25 * 3600}, {"flags": 1},
                    {"max_connections": 65}, {"max_rows_per_session": 1_000_001}):
        fails_with(EINVAL, capi.History, store.url, **options)
