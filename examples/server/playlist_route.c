/* GET .../playlist */
#include "access.h"
#include "clock.h"
#include "front.h"
#include "locate.h"
#include "playlist.h"
#include "problem.h"
#include "response.h"
#include "routes.h"
#include "stores.h"
#include "viewer.h"
#include "watch.h"

#include <stdlib.h>
#include <string.h>

/* Each costs a look into the database; who has more files than that finds its place by hand. */
enum { MAX_RESUMED = 100 };

/* What the entries of a playlist have in common. */
struct making {
	struct request *request;
	const tstream_torrent *torrent;
	const char *base;
	tstream_history *history; /* NULL: nothing is resumed */
	unsigned resumed_count;
	int64_t expires_at_s;
};

static size_t needed_bytes(const struct making *making)
{
	uint32_t count = tstream_torrent_get_file_count(making->torrent);
	size_t bytes = 64;

	for (uint32_t i = 0; i < count; i++) {
		tstream_file file = TSTREAM_FILE_INIT;
		if (tstream_torrent_get_file(making->torrent, i, &file) == 0)
			bytes += playlist_entry_bytes(making->base, LINK_BYTES, &file);
	}
	return bytes;
}

static int64_t look_up_start_s(struct making *making, const tstream_file *file)
{
	int64_t position_us = 0, duration_us = 0;
	tstream_error err;

	if (!making->history || making->resumed_count++ >= MAX_RESUMED)
		return 0;
	int code = tstream_history_get_file_position(making->history, making->request->viewer,
	                                             tstream_torrent_get_infohash(making->torrent),
	                                             file->index, &position_us, &duration_us, &err);
	if (code && code != TSTREAM_ENOENT)
		making->history = NULL;
	return code ? 0 : watch_resume_us(position_us, duration_us) / 1000000;
}

static void add_file(struct making *making, struct text *text, const tstream_file *file)
{
	struct link link = {
	    .kind = LINK_STREAM, .file_index = file->index, .expires_at_s = making->expires_at_s};
	const char *infohash = tstream_torrent_get_infohash(making->torrent);
	char link_text[LINK_BYTES];

	if (!playlist_is_playable(file))
		return;
	memcpy(link.viewer, making->request->viewer, sizeof(link.viewer));
	memcpy(link.infohash, infohash, strlen(infohash) + 1);
	link_sign(&link, making->request->server->secret, link_text);
	struct playlist_entry entry = {file, link_text, look_up_start_s(making, file)};
	playlist_add(text, making->base, infohash, &entry);
}

static void fill(struct making *making, struct text *text)
{
	uint32_t count = tstream_torrent_get_file_count(making->torrent);

	playlist_begin(text);
	for (uint32_t i = 0; i < count; i++) {
		tstream_file file = TSTREAM_FILE_INIT;
		if (tstream_torrent_get_file(making->torrent, i, &file) == 0)
			add_file(making, text, &file);
	}
}

static int send_playlist(struct making *making)
{
	size_t size = needed_bytes(making);
	char *memory = malloc(size);
	struct text playlist;

	if (!memory)
		return problem_send(making->request, 500, "Out of memory.");
	text_init(&playlist, memory, size);
	fill(making, &playlist);
	int status = response_bytes(making->request, 200, "audio/x-mpegurl; charset=utf-8",
	                            "Cache-Control: no-store\r\n"
	                            "Content-Disposition: attachment; filename=\"playlist.m3u8\"\r\n",
	                            playlist.data, playlist.size);
	free(memory);
	return status;
}

/* Those of a playlist that was opened by a link end with it; where nothing needs to be shown, they
 * only say who watches. */
static int64_t links_expire_at_s(const struct request *request)
{
	if (!access_is_restricted(request->server))
		return 0;
	if (request->link_expires_at_s)
		return request->link_expires_at_s;
	return clock_wall_s() + (int64_t)request->server->settings.link_lifetime_s;
}

static int serve(struct request *request, const tstream_torrent *torrent)
{
	struct stores *stores = request->server->stores;
	struct making making = {.request = request, .torrent = torrent};
	char base_memory[1024];
	struct text base;
	tstream_error err;

	text_init(&base, base_memory, sizeof(base_memory));
	front_add_base(request, &base);
	if (base.is_truncated)
		return problem_send(request, 400, "The Host is too long.");
	viewer_take_address(request);
	making.base = base.data;
	making.expires_at_s = links_expire_at_s(request);
	/* A player can do without knowing where it was, but not without a playlist. */
	if (!stores_is_well(stores) || stores_history(stores, &making.history, &err))
		making.history = NULL;
	return send_playlist(&making);
}

int route_torrent_playlist_get(struct request *request)
{
	tstream_torrent *torrent;
	tstream_error err = {0};
	int code = locate_known(request, request->infohash, &torrent, &err);

	if (code == 0 && tstream_torrent_get_file_count(torrent) == 0) {
		tstream_torrent_unref(torrent);
		return problem_send(request, 503, "The torrent's metadata is not here yet.");
	}
	if (code)
		return problem_send_code(request, code, &err);
	int status = serve(request, torrent);
	tstream_torrent_unref(torrent);
	return status;
}
