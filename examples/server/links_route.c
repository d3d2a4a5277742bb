/* POST /api/links */
#include "clock.h"
#include "front.h"
#include "json_body.h"
#include "locate.h"
#include "problem.h"
#include "response.h"
#include "routes.h"

#include <inttypes.h>
#include <string.h>

#define MAX_BODY_BYTES ((size_t)4096)
#define MIN_LIFETIME_S 60
#define URL_BYTES 2048

/* NULL, or what is wrong with the body. */
static const char *read_wish(const json_t *body, struct link *link, int64_t *lifetime_s)
{
	static const char *const names[] = {"kind", "infohash", "file_index", "expires_in_s", NULL};
	const char *kind = "stream";
	const char *infohash = "";
	int64_t file_index = -1;
	int64_t max_lifetime_s = *lifetime_s;

	if (!json_body_has_only(body, names))
		return "The members are kind, infohash, file_index and expires_in_s.";
	if (json_body_text(body, "kind", &kind) ||
	    (strcmp(kind, "stream") != 0 && strcmp(kind, "playlist") != 0))
		return "kind is stream or playlist.";
	link->kind = strcmp(kind, "stream") == 0 ? LINK_STREAM : LINK_PLAYLIST;
	if (json_body_text(body, "infohash", &infohash) ||
	    !locate_parse_infohash(infohash, link->infohash))
		return "infohash is 40 or 64 hexadecimal digits.";
	if (json_body_number(body, "file_index", UINT32_MAX, &file_index) ||
	    (file_index >= 0) != (link->kind == LINK_STREAM))
		return "A stream has a file_index, from 0 on; a playlist has none.";
	link->file_index = file_index < 0 ? 0 : (uint32_t)file_index;
	if (json_body_number(body, "expires_in_s", max_lifetime_s, lifetime_s) ||
	    *lifetime_s < MIN_LIFETIME_S)
		return "expires_in_s is from 60 to what LINK_LIFETIME says.";
	return NULL;
}

static int send_link(struct request *request, const struct link *link)
{
	char memory[URL_BYTES], signed_text[LINK_BYTES], expires_at[CLOCK_RFC3339_BYTES];
	struct text url;

	link_sign(link, request->server->secret, signed_text);
	clock_format_rfc3339(link->expires_at_s, expires_at);
	text_init(&url, memory, sizeof(memory));
	front_add_base(request, &url);
	if (link->kind == LINK_STREAM)
		text_addf(&url, "/api/stream?infohash=%s&file_index=%" PRIu32 "&link=%s", link->infohash,
		          link->file_index, signed_text);
	else
		text_addf(&url, "/api/torrents/%s/playlist?link=%s", link->infohash, signed_text);
	if (url.is_truncated)
		return problem_send(request, 400, "The Host is too long.");
	return response_json(request, 201, "",
	                     json_pack("{s:s, s:s}", "url", url.data, "expires_at", expires_at));
}

int route_links_post(struct request *request)
{
	struct link link = {0};
	int64_t lifetime_s = (int64_t)request->server->settings.link_lifetime_s;
	json_t *body;
	int status = json_body_read(request, MAX_BODY_BYTES, &body);

	if (status)
		return status;
	const char *wrong = read_wish(body, &link, &lifetime_s);
	json_decref(body);
	if (wrong)
		return problem_send(request, 400, wrong);
	link.expires_at_s = clock_wall_s() + lifetime_s;
	memcpy(link.viewer, request->viewer, sizeof(link.viewer));
	return send_link(request, &link);
}
