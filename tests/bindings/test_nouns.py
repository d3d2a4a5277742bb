"""Nothing of the C API is forgotten in a binding."""

import re

import nouns
import pytest
from nouns import ROOT

#: Not offered under this name, for a reason.  The same for all languages.
ELSEWHERE = {
    "tstream_free": "the wrapper frees what it copied",
    "tstream_torrent_ref": "a second handle is a second reference",
    "tstream_session_open": "tsb_session_open, which takes the cache as an argument",
    "tstream_search_open": "tsb_search_open, likewise",
}
#: Offered by code in C, for a reason.
IN_C = {"python": {
    "tstream_set_log": "engine threads must not wait for the interpreter: log_queue.h",
    "tstream_search_add_provider": "tsb_search_add_provider, with callables: provider.h",
    "tstream_request_finish": "tsb_request_finish, which also ends the handle: provider.h",
    "tstream_session_set_wakeup": "the wakeup fd is what event loops take",
    "tstream_query_set_wakeup": "likewise",
    "tstream_resolution_set_wakeup": "likewise",
}, "node": {
    "tstream_set_log": "engine threads must not wait for JavaScript: log_queue.h",
    "tstream_search_add_provider": "tsb_search_add_provider, with a function: provider.h",
    "tstream_request_finish": "tsb_request_finish, which also ends the handle: provider.h",
    "tstream_session_set_wakeup": "the wakeup fd is what libuv takes",
    "tstream_query_set_wakeup": "likewise",
    "tstream_resolution_set_wakeup": "likewise",
    "tstream_query_wait": "nothing blocks the event loop: the wakeup fd",
    "tstream_query_wait_done": "likewise",
    "tstream_resolution_wait": "likewise",
}}
#: language -> its hand-written sources; the raw module is always called capi.
SOURCES = {"python": "bindings/python/src/tstream/**/*.py", "node": "bindings/node/lib/*.js"}
#: Constants that a binding needs not name.
UNNAMED = {"python": set(), "node": {
    "TSTREAM_PROVIDER_BLOCKING",  # requests are handed to the event loop, which never blocks
}}
NOT_A_FIELD = {"struct_size", "reserved", "reserved_2"}


def words(language):
    text = "\n".join(path.read_text() for path in ROOT.glob(SOURCES[language]))
    return set(re.findall(r"\bcapi\.(\w+)", text))


def test_the_headers_were_understood():
    assert {"tstream_session_open", "tstream_reader_read"} <= nouns.functions()
    assert len(nouns.functions()) > 50
    assert nouns.structs()["tstream_event"] == ["struct_size", "type", "code", "reserved", "tag",
                                                "infohash", "message"]
    assert {"TSTREAM_EAGAIN", "TSTREAM_PEER_SEED", "TSTREAM_VERSION_STRING",
            "TSTREAM_MAX_MAGNET_BYTES"} - nouns.constants() <= {"TSTREAM_VERSION_STRING"}


def test_every_object_has_an_end_that_the_headers_declare():
    assert "tstream_session" in nouns.enders()
    # A request that is dropped is finished with a failure.
    assert set(nouns.enders().values()) - {"tsb_request_drop"} <= nouns.functions()


@pytest.mark.parametrize("language", SOURCES)
def test_every_function_is_used_by_the_binding(language):
    made_otherwise = set(nouns.enders().values()) | nouns.initialisers() | set(ELSEWHERE)
    made_otherwise |= set(IN_C[language])
    forgotten = nouns.functions() - words(language) - made_otherwise
    assert not forgotten, sorted(forgotten)


@pytest.mark.parametrize("language", SOURCES)
def test_every_state_kind_and_flag_is_named_by_the_binding(language):
    limits = re.compile(r"_(MAX|MIN)_|_(BYTES|LIMIT)$|TSTREAM_VERSION_|TSTREAM_OK$")
    named = {name for name in nouns.constants() if not limits.search(name)}
    assert "TSTREAM_STATE_READY" in named
    forgotten = named - words(language) - UNNAMED[language]
    assert not forgotten, sorted(forgotten)


def test_no_exception_is_stale():
    assert set(ELSEWHERE).union(*IN_C.values()) <= nouns.functions()
