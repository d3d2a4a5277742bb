/* The page at /, and the description of the API: files that are part of the program. */
#include "assets.h"
#include "guard.h"
#include "response.h"
#include "routes.h"

#include <stdio.h>

#define PAGE_POLICY                                                                                \
	"Content-Security-Policy: default-src 'self'; img-src 'self' data:; object-src 'none'; "       \
	"base-uri 'none'; "                                                                            \
	"form-action 'none'; frame-ancestors 'none'\r\nCache-Control: no-cache\r\n"

static int send_asset(struct request *request, const struct asset *asset, const char *media_type,
                      const char *extra)
{
	return response_bytes(request, 200, media_type, extra, asset->bytes, asset->size);
}

/* /?token=... leaves the token in a cookie, for the page's own requests. */
int route_page_get(struct request *request)
{
	const char *ours = request->server->settings.token;
	const char *token = query_get(&request->query, "token");
	char extra[1024];

	/* The page opens that magnet by itself: a link on another site must not lead here. */
	int status = guard_check_origin(request, query_get(&request->query, "magnet") != NULL);
	if (status)
		return status;
	if (ours[0] && token && guard_is_same_secret(ours, token))
		snprintf(extra, sizeof(extra),
		         PAGE_POLICY "Set-Cookie: tstream_token=%s; Path=/; HttpOnly; SameSite=Strict\r\n",
		         ours);
	else
		snprintf(extra, sizeof(extra), PAGE_POLICY);
	return send_asset(request, &asset_page, "text/html; charset=utf-8", extra);
}

int route_script_get(struct request *request)
{
	return send_asset(request, &asset_script, "text/javascript; charset=utf-8", PAGE_POLICY);
}

int route_style_get(struct request *request)
{
	return send_asset(request, &asset_style, "text/css; charset=utf-8", PAGE_POLICY);
}

int route_openapi_get(struct request *request)
{
	return send_asset(request, &asset_openapi, "application/json", "Cache-Control: no-cache\r\n");
}
