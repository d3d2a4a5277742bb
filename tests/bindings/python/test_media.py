"""Names of files, and of this library."""

import pytest

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


SRT = "1\n00:00:01,000 --> 00:00:02,500\n<b>Привет</b> & {x}\n".encode("windows-1251")


def test_subtitles_become_webvtt():
    text = tstream.subtitle_to_webvtt(SRT, charset="windows-1251", delay_ms=500)
    assert text.startswith("WEBVTT\n") and "00:00:01.500 --> 00:00:03.000" in text
    assert "<b>Привет</b> &amp;" in text
    assert tstream.is_subtitle_charset("Shift_JIS") and not tstream.is_subtitle_charset("nothing")
    assert tstream.is_subtitle_convertible("a.srt") and not tstream.is_subtitle_convertible("a.sub")
    with pytest.raises(ValueError):
        tstream.subtitle_to_webvtt(b"no subtitles", charset="nothing")


def test_a_films_subtitles_are_found_by_their_names(session, content):
    wanted = content("subtitled", {"Film.mkv": 50_000, "Film.en.srt": 100, "other.txt": 5}, 16384)
    torrent = session.open_bytes(wanted.torrent)
    (subtitle,) = torrent.subtitles()
    assert (subtitle.language, subtitle.label) == ("en", "English")
    assert torrent.file(subtitle.file_index).name == "Film.en.srt"
    assert torrent.subtitles("subtitled-v1-16384/Film.mkv") == [subtitle]
    language, label, flags = tstream.describe_subtitle("Film.mkv", "Film.pt-BR.forced.srt")
    assert language == "pt-BR" and label and flags == tstream.SubtitleFlags.FORCED
