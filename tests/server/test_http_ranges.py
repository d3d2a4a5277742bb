"""RFC 9110 ranges and preconditions, while the film downloads and when it is here.

Every body is compared byte by byte with what was seeded.
"""
import email.parser
import email.policy
import re

import pytest

import wire

KIB = 1024
BODY_LIMIT = 1 << 20


@pytest.fixture(params=["downloading", "downloaded"])
def film(request, rationed_film, downloaded_film):
    return rationed_film if request.param == "downloading" else downloaded_film


def content_range(value):
    """'bytes 0-9/100' as (0, 9, 100)."""
    found = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", value)
    assert found, value
    return tuple(int(number) for number in found.groups())


def assert_part(film, header, body):
    first, last, size = content_range(header)
    assert size == film.size
    assert body == film.content[first:last + 1]
    return first, last


def parts_of(response):
    """A multipart/byteranges body as [(Content-Range, Content-Type, bytes)]."""
    head = b"Content-Type: " + response.headers["Content-Type"].encode() + b"\r\n\r\n"
    parser = email.parser.BytesParser(policy=email.policy.HTTP)
    parts = parser.parsebytes(head + response.body).get_payload()
    return [(part["Content-Range"], part.get_content_type(), part) for part in parts]


def split_multipart(response):
    """As parts_of(), by hand: the email parser normalises line ends in binary bodies."""
    boundary = re.search(r'boundary="?([^";]+)"?', response.headers["Content-Type"]).group(1)
    delimiter = b"--" + boundary.encode()
    body = response.body.removeprefix(b"\r\n")
    assert body.startswith(delimiter + b"\r\n"), body[:100]
    parts = []
    while not body.startswith(delimiter + b"--"):
        head, _, rest = body.removeprefix(delimiter + b"\r\n").partition(b"\r\n\r\n")
        header = re.search(rb"(?im)^content-range: *([^\r]+)", head).group(1).decode()
        first, last, _ = content_range(header)
        length = last - first + 1
        parts.append((header, rest[:length]))
        assert rest[length:].startswith(b"\r\n" + delimiter), rest[length:length + 80]
        body = rest[length + 2:]
    return parts


def get_range(film, value, **headers):
    return wire.get(film.server, film.target, {"Range": value, **headers})


SINGLE = {
    "the first byte": ("bytes=0-0", 0, 0),
    "a few at the start": ("bytes=0-99", 0, 99),
    "across a piece boundary": ("bytes=262100-262200", 262100, 262200),
    "many pieces": ("bytes=1000000-1499999", 1000000, 1499999),
    "the unit in capitals": ("BYTES=5-9", 5, 9),
    "leading zeros": ("bytes=0005-0009", 5, 9),
    "empty list elements": ("bytes=,7-9,,", 7, 9),
    "a space after the comma": ("bytes=, 7-9", 7, 9),
    "the last byte by suffix": ("bytes=-1", -1, -1),
    "a suffix": ("bytes=-70000", -70000, -1),
    "open-ended near the end": ("bytes={-5000}-", -5000, -1),
    "open-ended at the last byte": ("bytes={-1}-", -1, -1),
    "an end beyond the end": ("bytes={-100}-99999999999", -100, -1),
    "an end beyond 64 bits": ("bytes={-100}-99999999999999999999999999", -100, -1),
    "one of two is unsatisfiable": ("bytes=10-19,99999999999-", 10, 19),
}


def from_end(size, position):
    return position if position >= 0 else size + position


def fill_in(text, size):
    """'{-5000}' stands for the position 5,000 bytes before the end."""
    return re.sub(r"\{(-?\d+)\}", lambda found: str(from_end(size, int(found.group(1)))), text)


@pytest.mark.parametrize("header, first, last", SINGLE.values(), ids=SINGLE.keys())
def test_a_single_range_gives_exactly_these_bytes(film, header, first, last):
    response = get_range(film, fill_in(header, film.size))
    assert response.status == 206, response
    first, last = from_end(film.size, first), from_end(film.size, last)
    if response.media_type == "multipart/byteranges":
        [(content, body)] = split_multipart(response)
    else:
        content, body = response.headers["Content-Range"], response.body
        assert int(response.headers["Content-Length"]) == last - first + 1
    assert assert_part(film, content, body) == (first, last)


@pytest.mark.parametrize("header", ["bytes=-999999999999", "bytes=0-", "bytes=0-999999999999"])
def test_a_range_over_everything_is_206_and_starts_at_zero(film, header):
    response = wire.beginning(film.server, film.target, {"Range": header}, BODY_LIMIT)
    assert response.status == 206
    assert content_range(response.headers["Content-Range"]) == (0, film.size - 1, film.size)
    assert int(response.headers["Content-Length"]) == film.size
    assert response.body == film.content[:BODY_LIMIT]


UNSATISFIABLE = ["bytes={0}-", "bytes={0}-{10}", "bytes=-0", "bytes=999999999999-",
                 "bytes=99999999999999999999999999-", "bytes={0}-,{5}-{9}"]


@pytest.mark.parametrize("header", UNSATISFIABLE)
def test_a_range_past_the_end_is_416_with_the_size(film, header):
    header = re.sub(r"\{(\d+)\}", lambda found: str(film.size + int(found.group(1))), header)
    response = get_range(film, header)
    assert response.status == 416
    assert response.headers["Content-Range"] == f"bytes */{film.size}"
    wire.assert_problem(response, 416)


MALFORMED = ["bytes=5-4", "bytes=a-b", "bytes=1", "bytes", "bytes=", "bytes=-", "bytes=--5",
             "bytes=0x10-20", "bytes=+1-2", "bytes 0-5", "items=0-5", "bytes=0-5;6-7",
             "bytes=1-2-3", "bytes=0-5,x", "=0-5", "bytes=1 -2"]


@pytest.mark.parametrize("header", MALFORMED)
def test_a_range_that_is_none_is_ignored(film, header):
    response = wire.beginning(film.server, film.target, {"Range": header}, 8 * KIB)
    assert response.status == 200, response.headers.items()
    assert "Content-Range" not in response.headers
    assert int(response.headers["Content-Length"]) == film.size
    assert response.body == film.content[:8 * KIB]


MULTI = {
    "two apart": ("bytes=0-9,100000-100009", [(0, 9), (100000, 100009)]),
    "with spaces": ("bytes=0-9 , 100000-100009", [(0, 9), (100000, 100009)]),
    "start, middle and suffix": ("bytes=0-99,3000000-3070000,-50",
                                 [(0, 99), (3000000, 3070000), (-50, -1)]),
    "one of three is unsatisfiable": ("bytes=0-9,999999999999-,500000-500009",
                                      [(0, 9), (500000, 500009)]),
    "in descending order": ("bytes=100000-100009,0-9", [(100000, 100009), (0, 9)]),
}


@pytest.mark.parametrize("header, spans", MULTI.values(), ids=MULTI.keys())
def test_several_ranges_come_as_parts(film, header, spans):
    response = get_range(film, header)
    assert response.status == 206, response
    assert response.media_type == "multipart/byteranges"
    assert "Content-Range" not in response.headers
    assert int(response.headers["Content-Length"]) == len(response.body)
    got = [assert_part(film, content, body) for content, body in split_multipart(response)]
    wanted = [(from_end(film.size, first), from_end(film.size, last)) for first, last in spans]
    assert sorted(got) == sorted(wanted)


def test_the_parts_name_the_type_of_the_file(film):
    response = get_range(film, "bytes=0-9,100000-100009")
    whole = wire.request(film.server, "HEAD", film.target)
    assert [kind for _, kind, _ in parts_of(response)] == [whole.media_type] * 2


def test_overlapping_ranges_never_multiply_the_work(film):
    header = "bytes=" + ",".join(["0-"] * 500)
    response = wire.beginning(film.server, film.target, {"Range": header}, 4 * KIB)
    assert response.status in (200, 206, 416)
    if response.status != 416:
        assert int(response.headers["Content-Length"]) <= film.size + 64 * KIB


def test_a_thousand_tiny_ranges_are_bounded(film):
    header = "bytes=" + ",".join(f"{at}-{at}" for at in range(0, 3000, 3))
    response = wire.beginning(film.server, film.target, {"Range": header}, 4 * KIB)
    assert response.status in (200, 206, 400, 416, 431)


def test_without_a_range_the_whole_file_comes(film):
    response = wire.beginning(film.server, film.target, size=BODY_LIMIT)
    assert response.status == 200
    assert int(response.headers["Content-Length"]) == film.size
    assert response.headers["Accept-Ranges"] == "bytes"
    assert response.body == film.content[:BODY_LIMIT]


def test_the_whole_file_is_right_to_the_last_byte(downloaded_film):
    response = wire.get(downloaded_film.server, downloaded_film.target)
    assert response.status == 200
    assert response.body == downloaded_film.content


def test_head_says_what_get_would_and_sends_no_body(film):
    head = wire.request(film.server, "HEAD", film.target)
    whole = wire.beginning(film.server, film.target, size=1)
    assert head.status == 200
    assert head.body == b""
    for name in ("Content-Length", "Content-Type", "ETag", "Accept-Ranges"):
        assert head.headers[name] == whole.headers[name], name
    assert "Last-Modified" not in head.headers


def test_head_ignores_range(film):
    head = wire.request(film.server, "HEAD", film.target, {"Range": "bytes=0-9"})
    assert head.status == 200
    assert int(head.headers["Content-Length"]) == film.size


def test_head_leaves_the_connection_in_step(film):
    connection = wire.connect(film.server)
    assert wire.send(connection, "HEAD", film.target).status == 200
    after = wire.send(connection, "GET", film.target, {"Range": "bytes=3-8"})
    assert after.body == film.content[3:9]
    connection.close()


def etag(film):
    value = wire.request(film.server, "HEAD", film.target).headers["ETag"]
    assert re.fullmatch(r'"[!#-~]+"', value), f"not a strong entity tag: {value}"
    return value


def test_the_entity_tag_stays_the_same(film):
    partial = get_range(film, "bytes=0-0")
    assert partial.headers["ETag"] == etag(film) == etag(film)


def test_if_range_with_the_entity_tag_gives_the_part(film):
    response = get_range(film, "bytes=50-59", **{"If-Range": etag(film)})
    assert response.status == 206
    assert response.body == film.content[50:60]


STALE = ['"of another file"', "Wed, 21 Oct 2015 07:28:00 GMT", "nonsense"]


@pytest.mark.parametrize("validator", STALE)
def test_if_range_with_anything_else_gives_the_whole(film, validator):
    headers = {"Range": "bytes=50-59", "If-Range": validator}
    response = wire.beginning(film.server, film.target, headers, 8 * KIB)
    assert response.status == 200
    assert response.body == film.content[:8 * KIB]


def test_if_range_never_matches_a_weak_tag(film):
    headers = {"Range": "bytes=50-59", "If-Range": "W/" + etag(film)}
    assert wire.beginning(film.server, film.target, headers, 1).status == 200


NONE_MATCH = {"the tag": "{etag}", "a list": '"a", {etag}, "b"', "weak": "W/{etag}", "any": "*"}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("value", NONE_MATCH.values(), ids=NONE_MATCH.keys())
def test_if_none_match_answers_304_without_a_body(film, method, value):
    tag = etag(film)
    headers = {"If-None-Match": value.format(etag=tag), "Range": "bytes=0-9"}
    response = wire.request(film.server, method, film.target, headers)
    assert response.status == 304
    assert response.headers["ETag"] == tag
    assert response.body == b""


def test_if_none_match_with_another_tag_gives_the_file(film):
    response = get_range(film, "bytes=0-9", **{"If-None-Match": '"other"'})
    assert response.status == 206
    assert response.body == film.content[:10]


def test_304_leaves_the_connection_in_step(film):
    connection = wire.connect(film.server)
    tag = etag(film)
    assert wire.send(connection, "GET", film.target, {"If-None-Match": tag}).status == 304
    after = wire.send(connection, "GET", film.target, {"Range": "bytes=3-8"})
    assert after.body == film.content[3:9]
    connection.close()


def test_if_match_with_another_tag_is_412(film):
    response = get_range(film, "bytes=0-9", **{"If-Match": '"other"'})
    wire.assert_problem(response, 412)


def test_if_match_never_matches_a_weak_tag(film):
    wire.assert_problem(get_range(film, "bytes=0-9", **{"If-Match": "W/" + etag(film)}), 412)


@pytest.mark.parametrize("value", ["{etag}", "*", '"x", {etag}'])
def test_if_match_with_the_tag_gives_the_part(film, value):
    response = get_range(film, "bytes=0-9", **{"If-Match": value.format(etag=etag(film))})
    assert response.status == 206
    assert response.body == film.content[:10]


def test_one_connection_carries_many_requests(film):
    connection = wire.connect(film.server)
    connection.connect()
    ours = connection.sock.getsockname()
    for first in range(0, 2000, 100):
        last = first + 99
        response = wire.send(connection, "GET", film.target, {"Range": f"bytes={first}-{last}"})
        assert response.body == film.content[first:last + 1]
        assert connection.sock is not None and connection.sock.getsockname() == ours
    connection.close()


def test_two_requests_sent_together_are_answered_in_order(film):
    lines = [f"GET {film.target} HTTP/1.1\r\nHost: {film.server.host}\r\n"
             f"Range: bytes={first}-{first + 9}\r\n{last}\r\n"
             for first, last in ((10, ""), (90, "Connection: close\r\n"))]
    answer = read_to_end(film.server, "".join(lines).encode())
    assert answer.count(b"HTTP/1.1 206") == 2
    assert answer.index(film.content[10:20]) < answer.index(film.content[90:100])


def read_to_end(server, data):
    import socket
    with socket.create_connection((server.host, server.port), 10) as sock:
        sock.sendall(data)
        return b"".join(iter(lambda: sock.recv(65536), b""))


@pytest.mark.parametrize("method", ["PUT", "PATCH", "POST"])
def test_other_methods_are_405_and_name_those_that_work(film, method):
    response = wire.request(film.server, method, film.target, body=b"")
    wire.assert_problem(response, 405)
    allowed = {name.strip() for name in response.headers["Allow"].split(",")}
    assert {"GET", "HEAD"} <= allowed and method not in allowed


def test_the_film_was_still_downloading(rationed_film):
    """Without this the first half of every test above would prove nothing."""
    stats = rationed_film.stats()
    assert 0 < stats["have_piece_count"] < stats["piece_count"]
