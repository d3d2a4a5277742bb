#include <stdlib.h>
#include <string.h>

#include "behaviours.h"
#include "scene.h"

#define READ_BYTES 65536
#define PATIENCE_US 20000000

/* ---- what belongs to no object ---- */

static void media_kind(struct scene *scene, json_t *step, outcome *out)
{
	out->number = tstream_media_kind(text_of(scene, step, "path"));
}

static void media_type(struct scene *scene, json_t *step, outcome *out)
{
	out->text = strdup(tstream_media_type(text_of(scene, step, "path")));
}

static void is_playable(struct scene *scene, json_t *step, outcome *out)
{
	out->number = tstream_media_is_playable(text_of(scene, step, "path"));
}

static void magnet_infohash(struct scene *scene, json_t *step, outcome *out)
{
	char infohash[TSTREAM_INFOHASH_BYTES] = "";
	out->number = tstream_magnet_get_infohash(text_of(scene, step, "magnet"), infohash, NULL);
	out->text = strdup(infohash);
}

static void version(struct scene *scene, json_t *step, outcome *out)
{
	(void)scene;
	(void)step;
	out->text = strdup(tstream_version());
}

static void close_one(struct scene *scene, json_t *step, outcome *out)
{
	(void)out;
	close_object(find_object(scene, text_of(scene, step, "on")));
}

/* ---- sessions ---- */

static void open_session(struct scene *scene, json_t *step, outcome *out)
{
	char directory[4096];
	tstream_session_options options = TSTREAM_SESSION_OPTIONS_INIT;
	tstream_session *session = NULL;
	snprintf(directory, sizeof(directory), "%s%s", scene->scratch,
	         text_of(scene, step, "data_dir"));
	options.data_dir = directory;
	options.listen = "127.0.0.1:0";
	options.flags =
	    TSTREAM_SESSION_NO_DHT | TSTREAM_SESSION_NO_LSD | TSTREAM_SESSION_NO_PORT_MAPPING;
	options.max_torrents = (uint32_t)number_of(scene, step, "max_torrents", 0);
	options.max_readers = (uint32_t)number_of(scene, step, "max_readers", 0);
	out->number = tstream_session_open(&options, &session, NULL);
	keep(scene, step, A_SESSION, session);
}

static void torrent_count(struct scene *scene, json_t *step, outcome *out)
{
	tstream_torrent *torrents[16];
	size_t count = tstream_session_list_torrents(session_of(scene, step), torrents, 16);
	for (size_t i = 0; i < count && i < 16; i++)
		tstream_torrent_unref(torrents[i]);
	out->number = (int64_t)count;
}

static void session_stat(struct scene *scene, json_t *step, outcome *out)
{
	tstream_session_stats stats = TSTREAM_SESSION_STATS_INIT;
	const char *field = text_of(scene, step, "field");
	out->number = tstream_session_get_stats(session_of(scene, step), &stats);
	if (strcmp(field, "torrent_count") == 0)
		out->number = stats.torrent_count;
	else if (strcmp(field, "reader_count") == 0)
		out->number = stats.reader_count;
	else
		out->number = TSTREAM_EINTERNAL;
}

static void wait_event(struct scene *scene, json_t *step, outcome *out)
{
	tstream_session *session = session_of(scene, step);
	int64_t type = number_of(scene, step, "type", 0), tag = number_of(scene, step, "tag", -1);
	for (int64_t waited_us = 0; waited_us < PATIENCE_US; waited_us += 1000) {
		tstream_event event = TSTREAM_EVENT_INIT;
		while (tstream_session_next_event(session, &event) == 1)
			if (event.type == type && (tag < 0 || event.tag == (uint64_t)tag)) {
				out->text = strdup(event.infohash);
				return;
			}
		pause_us(1000);
	}
	out->number = TSTREAM_ETIMEDOUT;
}

static void open_magnet(struct scene *scene, json_t *step, outcome *out)
{
	tstream_torrent *torrent = NULL;
	out->number = tstream_torrent_open_magnet(session_of(scene, step),
	                                          text_of(scene, step, "magnet"), &torrent, NULL);
	keep(scene, step, A_TORRENT, torrent);
}

static void open_text(struct scene *scene, json_t *step, outcome *out)
{
	tstream_torrent *torrent = NULL;
	const char *text = text_of(scene, step, "text");
	out->number =
	    tstream_torrent_open_bytes(session_of(scene, step), text, strlen(text), &torrent, NULL);
	keep(scene, step, A_TORRENT, torrent);
}

static void open_bytes(struct scene *scene, json_t *step, outcome *out)
{
	tstream_torrent *torrent = NULL;
	json_t *known =
	    json_object_get(json_object_get(scene->world, "torrents"), text_of(scene, step, "torrent"));
	size_t size = 0;
	void *bytes = read_file(json_string_value(json_object_get(known, "torrent")), &size);
	out->number = tstream_torrent_open_bytes(session_of(scene, step), bytes, size, &torrent, NULL);
	keep(scene, step, A_TORRENT, torrent);
	free(bytes);
}

static void open_url(struct scene *scene, json_t *step, outcome *out)
{
	tstream_torrent *torrent = NULL;
	out->number = tstream_torrent_open_url(session_of(scene, step), text_of(scene, step, "url"), 0,
	                                       PATIENCE_US, &torrent, NULL);
	keep(scene, step, A_TORRENT, torrent);
}

static void open_stored(struct scene *scene, json_t *step, outcome *out)
{
	tstream_torrent *torrent = NULL;
	out->number = tstream_torrent_open_stored(session_of(scene, step),
	                                          text_of(scene, step, "infohash"), &torrent, NULL);
	keep(scene, step, A_TORRENT, torrent);
}

static void find(struct scene *scene, json_t *step, outcome *out)
{
	tstream_torrent *torrent = NULL;
	out->number =
	    tstream_torrent_find(session_of(scene, step), text_of(scene, step, "infohash"), &torrent);
	keep(scene, step, A_TORRENT, torrent);
}

/* ---- torrents ---- */

static void wait_metadata(struct scene *scene, json_t *step, outcome *out)
{
	out->number = tstream_torrent_wait_metadata(
	    torrent_of(scene, step), number_of(scene, step, "timeout_ms", 0) * 1000, NULL);
}

static void give_own_infohash(tstream_torrent *torrent, outcome *out)
{
	char infohash[TSTREAM_INFOHASH_BYTES] = "";
	char *magnet = tstream_torrent_magnet_copy(torrent);
	out->number = tstream_magnet_get_infohash(magnet, infohash, NULL);
	out->text = strdup(infohash);
	tstream_free(magnet);
}

static void give_file_size(tstream_torrent *torrent, outcome *out)
{
	void *bytes = NULL;
	size_t size = 0;
	out->number = tstream_torrent_file_copy(torrent, &bytes, &size);
	if (out->number == 0)
		out->number = (int64_t)size;
	tstream_free(bytes);
}

static void torrent_get(struct scene *scene, json_t *step, outcome *out)
{
	tstream_torrent *torrent = torrent_of(scene, step);
	const char *field = text_of(scene, step, "field");
	if (strcmp(field, "infohash") == 0)
		out->text = strdup(tstream_torrent_get_infohash(torrent));
	else if (strcmp(field, "infohash_v1") == 0)
		out->text = strdup(tstream_torrent_get_infohash_v1(torrent));
	else if (strcmp(field, "infohash_v2") == 0)
		out->text = strdup(tstream_torrent_get_infohash_v2(torrent));
	else if (strcmp(field, "name") == 0)
		out->text = strdup(tstream_torrent_get_name(torrent));
	else if (strcmp(field, "size") == 0)
		out->number = (int64_t)tstream_torrent_get_size(torrent);
	else if (strcmp(field, "piece_size") == 0)
		out->number = tstream_torrent_get_piece_size(torrent);
	else if (strcmp(field, "piece_count") == 0)
		out->number = tstream_torrent_get_piece_count(torrent);
	else if (strcmp(field, "file_count") == 0)
		out->number = tstream_torrent_get_file_count(torrent);
	else if (strcmp(field, "default_file") == 0)
		out->number = tstream_torrent_get_default_file(torrent);
	else if (strcmp(field, "magnet_infohash") == 0)
		give_own_infohash(torrent, out);
	else if (strcmp(field, "torrent_file_size") == 0)
		give_file_size(torrent, out);
	else
		out->number = TSTREAM_EINTERNAL;
}

static void file_get(struct scene *scene, json_t *step, outcome *out)
{
	tstream_file file = TSTREAM_FILE_INIT;
	const char *field = text_of(scene, step, "field");
	out->number = tstream_torrent_get_file(torrent_of(scene, step),
	                                       (uint32_t)number_of(scene, step, "file", 0), &file);
	if (out->number < 0)
		return;
	if (strcmp(field, "name") == 0)
		out->text = strdup(file.name);
	else if (strcmp(field, "media_type") == 0)
		out->text = strdup(file.media_type);
	else if (strcmp(field, "size") == 0)
		out->number = (int64_t)file.size;
	else if (strcmp(field, "have_bytes") == 0)
		out->number = (int64_t)file.have_bytes;
	else if (strcmp(field, "kept") == 0)
		out->number = file.kept;
	else
		out->number = TSTREAM_EINTERNAL;
}

static void torrent_stat(struct scene *scene, json_t *step, outcome *out)
{
	tstream_torrent_stats stats = TSTREAM_TORRENT_STATS_INIT;
	const char *field = text_of(scene, step, "field");
	tstream_torrent_get_stats(torrent_of(scene, step), &stats);
	if (strcmp(field, "state") == 0)
		out->number = stats.state;
	else if (strcmp(field, "failed_bytes") == 0)
		out->number = (int64_t)stats.failed_bytes;
	else if (strcmp(field, "downloaded_bytes") == 0)
		out->number = (int64_t)stats.downloaded_bytes;
	else
		out->number = TSTREAM_EINTERNAL;
}

static void keep_file(struct scene *scene, json_t *step, outcome *out)
{
	out->number = tstream_torrent_keep_file(torrent_of(scene, step),
	                                        (uint32_t)number_of(scene, step, "file", 0),
	                                        (int)number_of(scene, step, "keep", 0));
}

static void have_pieces(struct scene *scene, json_t *step, outcome *out)
{
	uint8_t pieces[1024];
	size_t count = tstream_torrent_get_pieces(torrent_of(scene, step), pieces, sizeof(pieces));
	for (size_t i = 0; i < count && i < sizeof(pieces); i++)
		out->number += pieces[i] == TSTREAM_PIECE_HAVE;
}

static void peer_count(struct scene *scene, json_t *step, outcome *out)
{
	tstream_peer peers[8] = {TSTREAM_PEER_INIT};
	out->number = (int64_t)tstream_torrent_get_peers(torrent_of(scene, step), peers, 8);
}

static void add_peer(struct scene *scene, json_t *step, outcome *out)
{
	out->number =
	    tstream_torrent_add_peer(torrent_of(scene, step), text_of(scene, step, "address"));
}

static void remove_torrent(struct scene *scene, json_t *step, outcome *out)
{
	out->number = tstream_torrent_remove(torrent_of(scene, step));
}

/* ---- readers ---- */

static void open_reader(struct scene *scene, json_t *step, outcome *out)
{
	tstream_reader_options options = TSTREAM_READER_OPTIONS_INIT;
	tstream_reader *reader = NULL;
	options.start_offset = (uint64_t)number_of(scene, step, "start", 0);
	options.end_offset = (uint64_t)number_of(scene, step, "end", 0);
	options.tag = (uint64_t)number_of(scene, step, "tag", 0);
	out->number =
	    tstream_reader_open(torrent_of(scene, step), (uint32_t)number_of(scene, step, "file", 0),
	                        &options, &reader, NULL);
	keep(scene, step, A_READER, reader);
}

static void read_to_the_end(struct scene *scene, json_t *step, outcome *out)
{
	tstream_reader *reader = reader_of(scene, step);
	char *bytes = malloc((size_t)tstream_reader_get_size(reader) + READ_BYTES);
	int64_t count = 0;
	out->bytes = bytes;
	do {
		count = tstream_reader_wait(reader, PATIENCE_US);
		if (count == 0)
			count = tstream_reader_read(reader, bytes + out->size, READ_BYTES);
		if (count > 0)
			out->size += (size_t)count;
	} while (count > 0);
	out->number = count;
}

static void read_now(struct scene *scene, json_t *step, outcome *out)
{
	char bytes[4096];
	out->number = tstream_reader_read(reader_of(scene, step), bytes,
	                                  (size_t)number_of(scene, step, "size", 0));
}

static void wait_readable(struct scene *scene, json_t *step, outcome *out)
{
	out->number =
	    tstream_reader_wait(reader_of(scene, step), number_of(scene, step, "timeout_ms", 0) * 1000);
}

static void seek(struct scene *scene, json_t *step, outcome *out)
{
	out->number =
	    tstream_reader_seek(reader_of(scene, step), (uint64_t)number_of(scene, step, "offset", 0));
}

static void tell(struct scene *scene, json_t *step, outcome *out)
{
	out->number = tstream_reader_tell(reader_of(scene, step));
}

static void size(struct scene *scene, json_t *step, outcome *out)
{
	out->number = tstream_reader_get_size(reader_of(scene, step));
}

static void available(struct scene *scene, json_t *step, outcome *out)
{
	out->number = tstream_reader_get_available(reader_of(scene, step));
}

static void cancel(struct scene *scene, json_t *step, outcome *out)
{
	(void)out;
	tstream_reader_cancel(reader_of(scene, step));
}

static void reader_stat(struct scene *scene, json_t *step, outcome *out)
{
	tstream_reader_stats stats = TSTREAM_READER_STATS_INIT;
	const char *field = text_of(scene, step, "field");
	tstream_reader_get_stats(reader_of(scene, step), &stats);
	if (strcmp(field, "read_bytes") == 0)
		out->number = (int64_t)stats.read_bytes;
	else if (strcmp(field, "stall_count") == 0)
		out->number = (int64_t)stats.stall_count;
	else if (strcmp(field, "tag") == 0)
		out->number = (int64_t)stats.tag;
	else
		out->number = TSTREAM_EINTERNAL;
}

/* clang-format off */
const known_call known_calls[] = {
	{"media_kind", NO_OBJECT, media_kind},
	{"media_type", NO_OBJECT, media_type},
	{"is_playable", NO_OBJECT, is_playable},
	{"magnet_infohash", NO_OBJECT, magnet_infohash},
	{"version", NO_OBJECT, version},
	{"close", NO_OBJECT, close_one},
	{"open_session", NO_OBJECT, open_session},
	{"torrent_count", A_SESSION, torrent_count},
	{"session_stat", A_SESSION, session_stat},
	{"wait_event", A_SESSION, wait_event},
	{"open_magnet", A_SESSION, open_magnet},
	{"open_text", A_SESSION, open_text},
	{"open_bytes", A_SESSION, open_bytes},
	{"open_url", A_SESSION, open_url},
	{"open_stored", A_SESSION, open_stored},
	{"find", A_SESSION, find},
	{"wait_metadata", A_TORRENT, wait_metadata},
	{"torrent_get", A_TORRENT, torrent_get},
	{"file_get", A_TORRENT, file_get},
	{"torrent_stat", A_TORRENT, torrent_stat},
	{"keep_file", A_TORRENT, keep_file},
	{"have_pieces", A_TORRENT, have_pieces},
	{"peer_count", A_TORRENT, peer_count},
	{"add_peer", A_TORRENT, add_peer},
	{"remove", A_TORRENT, remove_torrent},
	{"open_reader", A_TORRENT, open_reader},
	{"read", A_READER, read_to_the_end},
	{"read_now", A_READER, read_now},
	{"wait", A_READER, wait_readable},
	{"seek", A_READER, seek},
	{"tell", A_READER, tell},
	{"size", A_READER, size},
	{"available", A_READER, available},
	{"cancel", A_READER, cancel},
	{"reader_stat", A_READER, reader_stat},
	{NULL, NO_OBJECT, NULL},
};
/* clang-format on */
