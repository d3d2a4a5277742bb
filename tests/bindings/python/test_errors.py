"""Every code is an exception, and the built-in that one expects."""

import errno
import pickle

import pytest

import tstream
from tstream.errors import from_code

BUILT_IN = {
    "EINVAL": ValueError, "ENOMEM": MemoryError, "EAGAIN": BlockingIOError,
    "ETIMEDOUT": TimeoutError, "ECANCELED": OSError, "EIO": OSError, "ENOENT": FileNotFoundError,
    "ENOSPC": OSError, "EACCES": PermissionError, "EBUSY": OSError, "ELIMIT": RuntimeError,
    "ENOTSUP": NotImplementedError, "ENET": ConnectionError, "EREFUSED": PermissionError,
    "EINTERNAL": RuntimeError,
}


def test_every_code_has_its_exception():
    assert {code.name for code in tstream.Code} == set(BUILT_IN)


@pytest.mark.parametrize("name", BUILT_IN)
def test_an_exception_is_also_a_built_in_one(name):
    code = tstream.Code[name]
    error = from_code(code, "what happened")
    assert isinstance(error, tstream.Error) and isinstance(error, BUILT_IN[name])
    assert error.code == code and str(error) == error.message == "what happened"
    assert "what happened" in repr(error)
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), copy.code) == (type(error), str(error), code)
    assert type(from_code(code)).__doc__ and str(from_code(code)).startswith(name)


@pytest.mark.parametrize("name", ["EAGAIN", "ETIMEDOUT", "ECANCELED", "EIO", "ENOENT", "ENOSPC",
                                  "EACCES", "EBUSY"])
def test_those_of_the_system_carry_its_number(name):
    error = from_code(tstream.Code[name])
    assert error.errno == getattr(errno, name) and error.strerror


def test_a_code_from_the_future_is_an_internal_error():
    assert isinstance(from_code(-99, "new"), tstream.InternalError)


def test_a_constant_from_the_future_is_a_number():
    for kind in (tstream.EventType, tstream.State, tstream.WaitingFor, tstream.MediaKind,
                 tstream.CacheState, tstream.ProviderStatus, tstream.Piece):
        known = len(kind)
        value = kind(77)
        assert value == 77 and value == kind(77) and value.name == "UNKNOWN_77" and str(value)
        assert len(kind) == known
        with pytest.raises(ValueError):
            kind("nothing")


def test_errors_come_with_the_librarys_sentence(session, stalled, make_session, tmp_path):
    with pytest.raises(ValueError, match="magnet"):
        session.open("magnet:?xt=nonsense")
    with pytest.raises(tstream.InvalidError):
        session.open_bytes(b"no torrent")
    with pytest.raises(FileNotFoundError):
        session.find("0" * 40)
    with pytest.raises(FileNotFoundError):
        stalled.file(99)
    with pytest.raises(FileNotFoundError):
        stalled.reader("no such file")
    with pytest.raises(FileNotFoundError):
        stalled.reader(-1)
    with pytest.raises(ValueError):
        stalled.reader(start=10, end=5)
    with pytest.raises(ValueError):
        stalled.add_peer("nowhere")
    with pytest.raises(BlockingIOError):
        session.open("0" * 39 + "7").file(0)
    with pytest.raises(tstream.BusyError, match="holds|held|use"):
        make_session()
    with pytest.raises(PermissionError):
        session.open_url("http://127.0.0.1:1/a.torrent")
    with pytest.raises(ConnectionError):
        session.open_url("http://127.0.0.1:1/a.torrent", allow_private=True)


def test_a_nul_cannot_cut_a_string_short(session):
    with pytest.raises(ValueError, match="null"):
        session.open("0" * 40 + "\0")
    with pytest.raises(ValueError):
        session.open("\udc80")


def test_objects_of_the_wrong_kind_are_type_errors(session):
    with pytest.raises(TypeError):
        session.open(7)
    with pytest.raises(TypeError):
        session.open_bytes("text")
    with pytest.raises(TypeError):
        tstream.capi.tstream_torrent_get_name(session._handle)
    with pytest.raises(TypeError):
        tstream.capi.tstream_torrent_get_name("text")
    with pytest.raises(tstream.ClosedError):  # as in what was never opened
        tstream.capi.tstream_torrent_get_name(None)


def test_what_the_library_lends_cannot_be_set():
    with pytest.raises(AttributeError):
        tstream.capi.tstream_file().path = "mine"


def test_options_of_the_wrong_size_are_errors(make_session):
    with pytest.raises((OverflowError, TypeError)):
        make_session(quota_bytes=1 << 64)
    with pytest.raises((OverflowError, TypeError)):
        make_session(max_torrents=-1)
