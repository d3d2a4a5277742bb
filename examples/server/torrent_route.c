/* /api/torrents/{infohash} and what lies under it. */
#include "keeper.h"
#include "locate.h"
#include "problem.h"
#include "response.h"
#include "routes.h"
#include "stats_json.h"
#include "text.h"
#include "torrent_json.h"
#include "uploads.h"

#include <string.h>

/* The torrent of the path, or the status of the answer. */
static int find(struct request *request, tstream_torrent **out_torrent)
{
	tstream_error err = {0};
	int code = locate_known(request, request->infohash, out_torrent, &err);

	return code ? problem_send_code(request, code, &err) : 0;
}

int route_torrent_get(struct request *request)
{
	tstream_torrent *torrent;
	int status = find(request, &torrent);

	if (status)
		return status;
	status = response_json(request, 200, "", torrent_json_info(torrent));
	tstream_torrent_unref(torrent);
	return status;
}

int route_torrent_stats_get(struct request *request)
{
	tstream_torrent *torrent;
	int status = find(request, &torrent);

	if (status)
		return status;
	status = response_json(request, 200, "", stats_json(torrent));
	tstream_torrent_unref(torrent);
	return status;
}

static int send_torrent_file(struct request *request, tstream_torrent *torrent)
{
	char memory[256];
	struct text extra;
	void *bytes;
	size_t size;
	int code = tstream_torrent_file_copy(torrent, &bytes, &size);

	if (code == TSTREAM_EAGAIN)
		return problem_send(request, 503, "The torrent's metadata is not here yet.");
	if (code)
		return problem_send_code(request, code, NULL);
	text_init(&extra, memory, sizeof(memory));
	text_addf(&extra,
	          "Cache-Control: private, no-cache\r\n"
	          "Content-Disposition: attachment; filename=\"%s.torrent\"\r\n",
	          tstream_torrent_get_infohash(torrent));
	int status = response_bytes(request, 200, "application/x-bittorrent", extra.data, bytes, size);
	tstream_free(bytes);
	return status;
}

int route_torrent_file_get(struct request *request)
{
	tstream_torrent *torrent;
	int status = find(request, &torrent);

	if (status)
		return status;
	status = send_torrent_file(request, torrent);
	tstream_torrent_unref(torrent);
	return status;
}

static int remove_and_answer(struct request *request, tstream_torrent *torrent)
{
	/* Removed meanwhile by someone else is removed all the same. */
	int code = tstream_torrent_remove(torrent);

	keeper_forget(request->server->keeper, torrent);
	uploads_remove_torrent(request->server->uploads, tstream_torrent_get_infohash(torrent));
	tstream_torrent_unref(torrent);
	if (code && code != TSTREAM_ECANCELED)
		return problem_send_code(request, code, NULL);
	return response_empty(request, 204, "");
}

int route_torrent_delete(struct request *request)
{
	tstream_torrent *torrent;
	int status = find(request, &torrent);

	return status ? status : remove_and_answer(request, torrent);
}

/* Not by opening it as a stream would: what is to be removed must not join its swarm first. */
int route_torrent_delete_by_magnet(struct request *request)
{
	tstream_torrent *torrent;
	tstream_error err = {0};
	int code = locate_infohash_in_query(request, request->infohash, &err);

	if (code == 0)
		code = locate_known(request, request->infohash, &torrent, &err);
	return code ? problem_send_code(request, code, &err) : remove_and_answer(request, torrent);
}

int route_torrent_info_get(struct request *request)
{
	tstream_torrent *torrent;
	tstream_error err = {0};
	int code = locate_from_query(request, &torrent, &err);

	if (code)
		return problem_send_code(request, code, &err);
	code = locate_await_metadata(request, &torrent, &err);
	int status = code ? problem_send_code(request, code, &err)
	                  : response_json(request, 200, "", torrent_json_info(torrent));
	tstream_torrent_unref(torrent);
	return status;
}
