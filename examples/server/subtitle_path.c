#include "subtitle_path.h"

#include "locate.h"
#include "problem.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The number after a part of the path, which the router has seen there.  What is too large for
 * one becomes the largest, which nothing has. */
static uint32_t number_after(const char *path, const char *part)
{
	char digits[16] = "";
	uint64_t number = UINT32_MAX;
	const char *found = strstr(path, part);
	const char *begin = found ? found + strlen(part) : "";
	size_t size = strspn(begin, "0123456789");

	if (size == 0 || size >= sizeof(digits))
		return UINT32_MAX;
	memcpy(digits, begin, size);
	digits[size] = '\0';
	(void)query_number(digits, UINT32_MAX, &number);
	return (uint32_t)number;
}

static int find_film(struct request *request, struct subtitle_path *out)
{
	const char *path = request->info->local_uri;

	out->film = (tstream_file)TSTREAM_FILE_INIT;
	out->number = number_after(path, "/subtitles/");
	int code = tstream_torrent_get_file(out->torrent, number_after(path, "/files/"), &out->film);
	if (code == TSTREAM_EAGAIN)
		return problem_send(request, 503, "The torrent's metadata is not here yet.");
	if (code)
		return problem_send(request, 404, "The torrent has no file of that index.");
	return 0;
}

int subtitle_path_find(struct request *request, struct subtitle_path *out)
{
	tstream_error err = {0};
	int code = locate_known(request, request->infohash, &out->torrent, &err);

	if (code)
		return problem_send_code(request, code, &err);
	int status = find_film(request, out);
	if (status)
		tstream_torrent_unref(out->torrent);
	return status;
}

void subtitle_path_write(const struct subtitle_path *path, uint32_t number,
                         char out[SUBTITLE_URL_BYTES])
{
	snprintf(out, SUBTITLE_URL_BYTES,
	         "/api/torrents/%s/files/%" PRIu32 "/subtitles/%" PRIu32 ".vtt",
	         tstream_torrent_get_infohash(path->torrent), path->film.index, number);
}
