/* GET /api/streams lists what is being sent; DELETE /api/stream stops it. */
#include "locate.h"
#include "problem.h"
#include "response.h"
#include "routes.h"
#include "streams.h"

int route_streams_get(struct request *request)
{
	struct streams *streams = request->server->streams;
	json_t *body = json_pack("{s:o, s:I}", "streams", streams_to_json(streams), "max_streams",
	                         (json_int_t)streams_capacity(streams));

	return response_json(request, 200, "", body);
}

static int send_stopped(struct request *request, unsigned stopped)
{
	if (stopped == 0)
		return problem_send(request, 404, "No such stream is being sent.");
	return response_json(request, 200, "", json_pack("{s:I}", "stopped", (json_int_t)stopped));
}

static int stop_by_torrent(struct request *request)
{
	const char *index_text = query_get(&request->query, "file_index");
	uint64_t index = 0;
	tstream_torrent *torrent;
	tstream_error err = {0};

	if (index_text && query_number(index_text, UINT32_MAX, &index))
		return problem_send(request, 400, "file_index is a number from 0 on.");
	int code = locate_infohash_in_query(request, request->infohash, &err);
	if (code)
		return problem_send_code(request, code, &err);
	/* What is not open has no streams. */
	if (tstream_torrent_find(request->server->session, request->infohash, &torrent))
		return send_stopped(request, 0);
	unsigned stopped =
	    streams_stop_torrent(request->server->streams, torrent, index_text ? (int64_t)index : -1);
	tstream_torrent_unref(torrent);
	return send_stopped(request, stopped);
}

int route_stream_delete(struct request *request)
{
	const char *id_text = query_get(&request->query, "id");
	uint64_t id;

	if (!id_text)
		return stop_by_torrent(request);
	if (query_get(&request->query, "magnet") || query_get(&request->query, "infohash"))
		return problem_send(request, 400, "Name the stream by id or by its torrent, not both.");
	if (query_number(id_text, INT64_MAX, &id))
		return problem_send(request, 400, "id is a number, as listed by /api/streams.");
	return send_stopped(request, streams_stop_id(request->server->streams, id));
}
