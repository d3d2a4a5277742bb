#include "locate.h"

#include "clock.h"
#include "cluster.h"
#include "deep_stack.h"
#include "keeper.h"

#include <stdio.h>
#include <string.h>

#define URL_TIMEOUT_US (30 * (int64_t)1000000)

int locate_fail(tstream_error *err, int code, const char *message)
{
	err->code = code;
	snprintf(err->message, sizeof(err->message), "%s", message);
	return code;
}

bool locate_parse_infohash(const char *text, char out[TSTREAM_INFOHASH_BYTES])
{
	size_t length = strspn(text, "0123456789abcdefABCDEF");

	return (length == 40 || length == 64) && text[length] == '\0' &&
	       tstream_magnet_get_infohash(text, out, NULL) == 0;
}

/* The arguments of open_elsewhere(), and its result. */
struct opening {
	struct server *server;
	const struct torrent_source *source;
	tstream_torrent **out_torrent;
	tstream_error *err;
	int code;
};

static void *open_elsewhere(void *argument)
{
	struct opening *o = argument;
	tstream_session *session = o->server->session;

	if (o->source->url)
		o->code = tstream_torrent_open_url(session, o->source->url, 0, URL_TIMEOUT_US,
		                                   o->out_torrent, o->err);
	else if (o->source->stored)
		o->code = tstream_torrent_open_stored(session, o->source->stored, o->out_torrent, o->err);
	else if (o->source->magnet)
		o->code = tstream_torrent_open_magnet(session, o->source->magnet, o->out_torrent, o->err);
	else
		o->code = tstream_torrent_open_bytes(session, o->source->bytes, o->source->size,
		                                     o->out_torrent, o->err);
	return NULL;
}

/* Opening what is open adds a reference and perhaps a tracker, on little stack; and viewers seek
 * too often for a thread each time. */
static bool is_open(struct server *server, const char *magnet)
{
	char infohash[TSTREAM_INFOHASH_BYTES];
	tstream_torrent *torrent;

	if (tstream_magnet_get_infohash(magnet, infohash, NULL) ||
	    tstream_torrent_find(server->session, infohash, &torrent))
		return false;
	tstream_torrent_unref(torrent);
	return true;
}

static int open_source(struct server *server, const struct torrent_source *source,
                       tstream_torrent **out_torrent, tstream_error *err)
{
	struct opening opening = {server, source, out_torrent, err, 0};

	if (source->magnet && is_open(server, source->magnet))
		open_elsewhere(&opening);
	else if (deep_stack_call(open_elsewhere, &opening))
		return locate_fail(err, TSTREAM_ENOMEM, "No thread could be started.");
	return opening.code;
}

int locate_open(struct server *server, const struct torrent_source *source,
                tstream_torrent **out_torrent, bool *out_is_new, tstream_error *err)
{
	tstream_torrent *torrent;
	int code = open_source(server, source, &torrent, err);

	/* The session is full, perhaps of torrents that are only kept. */
	if (code == TSTREAM_ELIMIT && keeper_drop_idlest(server->keeper))
		code = open_source(server, source, &torrent, err);
	if (code)
		return code;
	code = keeper_keep(server->keeper, torrent, out_is_new);
	if (code) {
		tstream_torrent_unref(torrent);
		return locate_fail(err, code, "All torrents that may be open are streaming.");
	}
	if (*out_is_new)
		cluster_wake(server->cluster);
	*out_torrent = torrent;
	return 0;
}

/* The one parameter that names the torrent, a magnet or an infohash. */
static int check_query(struct request *request, const char **out_magnet, tstream_error *err)
{
	const char *magnet = query_get(&request->query, "magnet");
	const char *infohash = query_get(&request->query, "infohash");
	char digits[TSTREAM_INFOHASH_BYTES];

	if (!magnet == !infohash)
		return locate_fail(err, TSTREAM_EINVAL,
		                   "Name the torrent by one parameter: magnet or infohash.");
	if (magnet && strlen(magnet) > TSTREAM_MAX_MAGNET_BYTES)
		return locate_fail(err, TSTREAM_EINVAL, "The magnet is longer than 8,192 bytes.");
	if (infohash && !locate_parse_infohash(infohash, digits))
		return locate_fail(err, TSTREAM_EINVAL, "An infohash is 40 or 64 hexadecimal digits.");
	*out_magnet = magnet ? magnet : infohash;
	return 0;
}

int locate_from_query(struct request *request, tstream_torrent **out_torrent, tstream_error *err)
{
	struct torrent_source source = {0};
	bool is_new;
	int code = check_query(request, &source.magnet, err);

	return code ? code : locate_open(request->server, &source, out_torrent, &is_new, err);
}

int locate_infohash_in_query(struct request *request, char out[TSTREAM_INFOHASH_BYTES],
                             tstream_error *err)
{
	const char *magnet;
	int code = check_query(request, &magnet, err);

	return code ? code : tstream_magnet_get_infohash(magnet, out, err);
}

int locate_known(struct request *request, const char *infohash, tstream_torrent **out_torrent,
                 tstream_error *err)
{
	struct server *server = request->server;
	tstream_torrent *torrent;
	bool is_new;

	struct opening opening = {server, &(struct torrent_source){.stored = infohash}, &torrent, err,
	                          0};
	if (tstream_torrent_find(server->session, infohash, out_torrent) == 0)
		return 0;
	if (deep_stack_call(open_elsewhere, &opening))
		return locate_fail(err, TSTREAM_ENOMEM, "No thread could be started.");
	if (opening.code == TSTREAM_ENOENT && cluster_knows(server->cluster, infohash)) {
		struct torrent_source source = {.magnet = infohash};
		return locate_open(server, &source, out_torrent, &is_new, err);
	}
	if (opening.code == TSTREAM_ENOENT)
		return locate_fail(err, TSTREAM_ENOENT, "No such torrent is open or was before.");
	if (opening.code)
		return opening.code;
	/* Being full only means that it is not held beyond this request. */
	(void)keeper_keep(server->keeper, torrent, &is_new);
	cluster_wake(server->cluster);
	*out_torrent = torrent;
	return 0;
}

int locate_await_metadata(struct request *request, tstream_torrent **torrent, tstream_error *err)
{
	int64_t limit_us = (int64_t)request->server->settings.metadata_timeout_s * 1000000;

	return locate_await_metadata_for(request, torrent, limit_us, err);
}

static int await_metadata(struct request *request, tstream_torrent *torrent, int64_t limit_us,
                          tstream_error *err)
{
	int64_t began_us = clock_now_us();

	for (;;) {
		int64_t slice_began_us = clock_now_us();
		int code = tstream_torrent_wait_metadata(torrent, REQUEST_WAIT_SLICE_US, err);
		if (code != TSTREAM_ETIMEDOUT && code != TSTREAM_EAGAIN)
			return code;
		int64_t now_us = clock_now_us();
		/* Sooner than its slice is up only the session's own limit ends a wait. */
		bool is_session_limit = now_us - slice_began_us < REQUEST_WAIT_SLICE_US / 2;
		if (is_session_limit || now_us - began_us >= limit_us)
			return locate_fail(err, TSTREAM_ETIMEDOUT,
			                   "No peer gave the torrent's metadata in time; perhaps it has none.");
		if (atomic_load(&request->server->is_stopping))
			return locate_fail(err, TSTREAM_ELIMIT, "The server is shutting down.");
		if (request_is_client_gone(request))
			return REQUEST_CLIENT_GONE;
	}
}

/* Two opened a hybrid by one infohash each, and ours gave up.  By its name the other is found. */
static int exchange(struct request *request, tstream_torrent **torrent, tstream_error *err)
{
	char infohash[TSTREAM_INFOHASH_BYTES];
	struct torrent_source source = {.magnet = infohash};
	bool is_new;

	snprintf(infohash, sizeof(infohash), "%s", tstream_torrent_get_infohash(*torrent));
	keeper_forget(request->server->keeper, *torrent);
	tstream_torrent_unref(*torrent);
	*torrent = NULL;
	return locate_open(request->server, &source, torrent, &is_new, err);
}

int locate_await_metadata_for(struct request *request, tstream_torrent **torrent, int64_t limit_us,
                              tstream_error *err)
{
	int code = await_metadata(request, *torrent, limit_us, err);

	if (code != TSTREAM_EBUSY)
		return code;
	code = exchange(request, torrent, err);
	return code ? code : await_metadata(request, *torrent, limit_us, err);
}

int locate_file(struct request *request, tstream_torrent *torrent, tstream_file *out_file,
                tstream_error *err)
{
	const char *text = query_get(&request->query, "file_index");
	uint64_t index = 0;

	if (text && query_number(text, UINT32_MAX, &index))
		return locate_fail(err, TSTREAM_EINVAL, "file_index is a number from 0 on.");
	if (!text) {
		int64_t found = tstream_torrent_get_default_file(torrent);
		if (found < 0)
			return locate_fail(err, (int)found, "The torrent has no file to stream.");
		index = (uint64_t)found;
	}
	*out_file = (tstream_file)TSTREAM_FILE_INIT;
	int code = tstream_torrent_get_file(torrent, (uint32_t)index, out_file);
	if (code)
		return locate_fail(err, code, "The torrent has no file of that index.");
	return 0;
}
