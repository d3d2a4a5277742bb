"""Names of files, and of this library."""

import tstream


def test_a_name_tells_what_it_promises():
    assert tstream.media_kind("a/b.MKV") is tstream.MediaKind.VIDEO
    assert tstream.media_type("a.mp4") == "video/mp4"
    assert tstream.is_playable("a.ogg") and not tstream.is_playable("a.srt")


def test_versions_are_those_of_the_headers():
    assert tstream.library_version() == tstream.__version__
    major, minor, patch = map(int, tstream.__version__.split("."))
    assert tstream.library_version_number() == major << 16 | minor << 8 | patch
    assert tstream.engine_version().startswith("libtorrent ")
