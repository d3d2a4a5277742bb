#include "torrent_json.h"

#include <inttypes.h>
#include <stdio.h>

static const char *word(const char *const *words, size_t count, int index)
{
	return index >= 0 && (size_t)index < count ? words[index] : "unknown";
}

#define WORD(words, index) word(words, sizeof(words) / sizeof(words[0]), index)

const char *torrent_json_state(int state)
{
	static const char *const words[] = {"metadata", "checking", "ready",
	                                    "complete", "error",    "removed"};

	return WORD(words, state);
}

const char *torrent_json_waiting(int waiting_for)
{
	static const char *const words[] = {"nothing", "peers", "metadata", "check",
	                                    "unchoke", "piece", "source",   "disk"};

	return WORD(words, waiting_for);
}

static const char *media_kind(int kind)
{
	static const char *const words[] = {"other", "video", "audio", "subtitle", "image"};

	return WORD(words, kind);
}

static json_t *text_or_null(const char *text)
{
	return text && *text ? json_string(text) : json_null();
}

static json_t *magnet(tstream_torrent *torrent)
{
	char *text = tstream_torrent_magnet_copy(torrent);
	json_t *value = text_or_null(text);

	tstream_free(text);
	return value;
}

static json_t *default_file(const tstream_torrent *torrent)
{
	int64_t index = tstream_torrent_get_default_file(torrent);

	return index >= 0 ? json_integer(index) : json_null();
}

json_t *torrent_json_summary(tstream_torrent *torrent)
{
	tstream_torrent_stats stats = TSTREAM_TORRENT_STATS_INIT;

	if (tstream_torrent_get_stats(torrent, &stats))
		stats.state = TSTREAM_STATE_REMOVED;
	return json_pack("{s:s, s:o, s:o, s:s, s:o, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}",
	                 "infohash", tstream_torrent_get_infohash(torrent), "infohash_v1",
	                 text_or_null(tstream_torrent_get_infohash_v1(torrent)), "infohash_v2",
	                 text_or_null(tstream_torrent_get_infohash_v2(torrent)), "name",
	                 tstream_torrent_get_name(torrent), "magnet", magnet(torrent), "state",
	                 torrent_json_state(stats.state), "message", stats.message, "size",
	                 (json_int_t)tstream_torrent_get_size(torrent), "have_bytes",
	                 (json_int_t)stats.have_bytes, "piece_size",
	                 (json_int_t)tstream_torrent_get_piece_size(torrent), "piece_count",
	                 (json_int_t)tstream_torrent_get_piece_count(torrent), "file_count",
	                 (json_int_t)tstream_torrent_get_file_count(torrent), "peer_count",
	                 (json_int_t)stats.peer_count, "download_bytes_per_s",
	                 (json_int_t)stats.download_bytes_per_s, "default_file", default_file(torrent));
}

static json_t *file_to_json(const tstream_torrent *torrent, const tstream_file *file)
{
	char url[160];

	snprintf(url, sizeof(url), "/api/stream?infohash=%s&file_index=%" PRIu32,
	         tstream_torrent_get_infohash(torrent), file->index);
	return json_pack(
	    "{s:I, s:s, s:s, s:I, s:I, s:I, s:I, s:s, s:s, s:b, s:s}", "index", (json_int_t)file->index,
	    "path", file->path, "name", file->name, "size", (json_int_t)file->size, "have_bytes",
	    (json_int_t)file->have_bytes, "first_piece", (json_int_t)file->first_piece, "last_piece",
	    (json_int_t)file->last_piece, "media_type", file->media_type, "media_kind",
	    media_kind(file->media_kind), "is_playable",
	    file->media_kind == TSTREAM_MEDIA_VIDEO || file->media_kind == TSTREAM_MEDIA_AUDIO,
	    "stream_url", url);
}

static json_t *files_to_json(const tstream_torrent *torrent)
{
	json_t *files = json_array();
	uint32_t count = tstream_torrent_get_file_count(torrent);

	for (uint32_t i = 0; i < count; i++) {
		tstream_file file = TSTREAM_FILE_INIT;
		if (tstream_torrent_get_file(torrent, i, &file) == 0)
			json_array_append_new(files, file_to_json(torrent, &file));
	}
	return files;
}

json_t *torrent_json_info(tstream_torrent *torrent)
{
	json_t *info = torrent_json_summary(torrent);

	if (info && json_object_set_new(info, "files", files_to_json(torrent))) {
		json_decref(info);
		return NULL;
	}
	return info;
}
