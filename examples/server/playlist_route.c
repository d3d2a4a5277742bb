/* GET .../playlist */
#include "locate.h"
#include "playlist.h"
#include "problem.h"
#include "response.h"
#include "routes.h"

#include <stdlib.h>
#include <string.h>

/* What the client calls this server.  Host has passed the guard, and so has X-Forwarded-Host,
 * which counts only if the settings say that a proxy of ours writes it. */
static void make_base(const struct request *request, struct text *base)
{
	const struct settings *settings = &request->server->settings;
	const char *host = request_header(request, "Host");
	const char *scheme = "http";

	if (settings->public_url) {
		text_add(base, settings->public_url);
		return;
	}
	if (settings->trust_proxy) {
		const char *forwarded_host = request_header(request, "X-Forwarded-Host");
		const char *forwarded_scheme = request_header(request, "X-Forwarded-Proto");
		if (forwarded_host)
			host = forwarded_host;
		if (forwarded_scheme && strcmp(forwarded_scheme, "https") == 0)
			scheme = "https";
	}
	text_addf(base, "%s://%s", scheme, host);
}

static size_t needed_bytes(const tstream_torrent *torrent, const char *base, const char *token)
{
	uint32_t count = tstream_torrent_get_file_count(torrent);
	size_t bytes = 64;

	for (uint32_t i = 0; i < count; i++) {
		tstream_file file = TSTREAM_FILE_INIT;
		if (tstream_torrent_get_file(torrent, i, &file) == 0)
			bytes += playlist_entry_bytes(base, token, &file);
	}
	return bytes;
}

static void fill(struct text *text, const tstream_torrent *torrent, const char *base,
                 const char *token)
{
	uint32_t count = tstream_torrent_get_file_count(torrent);

	playlist_begin(text);
	for (uint32_t i = 0; i < count; i++) {
		tstream_file file = TSTREAM_FILE_INIT;
		if (tstream_torrent_get_file(torrent, i, &file) == 0)
			playlist_add(text, base, tstream_torrent_get_infohash(torrent), token, &file);
	}
}

static int serve(struct request *request, const tstream_torrent *torrent)
{
	const char *token = request->server->settings.token;
	char base_memory[1024];
	struct text base, playlist;

	text_init(&base, base_memory, sizeof(base_memory));
	make_base(request, &base);
	if (base.is_truncated)
		return problem_send(request, 400, "The Host is too long.");
	size_t size = needed_bytes(torrent, base.data, token);
	char *memory = malloc(size);
	if (!memory)
		return problem_send(request, 500, "Out of memory.");
	text_init(&playlist, memory, size);
	fill(&playlist, torrent, base.data, token);
	int status = response_bytes(request, 200, "audio/x-mpegurl; charset=utf-8",
	                            "Cache-Control: no-store\r\n"
	                            "Content-Disposition: attachment; filename=\"playlist.m3u8\"\r\n",
	                            playlist.data, playlist.size);
	free(memory);
	return status;
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
