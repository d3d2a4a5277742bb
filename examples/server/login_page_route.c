/* The page at /login: a form, and nothing that needs anything else of the server. */
#include "assets.h"
#include "problem.h"
#include "response.h"
#include "routes.h"

#define LOGIN_POLICY                                                                               \
	"Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "           \
	"connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "                     \
	"frame-ancestors 'none'\r\nCache-Control: no-cache\r\n"

static int send_asset(struct request *request, const struct asset *asset, const char *media_type)
{
	if (!request->server->settings.accounts)
		return problem_send(request, 404, "This server has no accounts; ACCOUNTS turns them on.");
	return response_bytes(request, 200, media_type, LOGIN_POLICY, asset->bytes, asset->size);
}

int route_login_page_get(struct request *request)
{
	return send_asset(request, &asset_login_page, "text/html; charset=utf-8");
}

int route_login_script_get(struct request *request)
{
	return send_asset(request, &asset_login_script, "text/javascript; charset=utf-8");
}

int route_login_style_get(struct request *request)
{
	return send_asset(request, &asset_login_style, "text/css; charset=utf-8");
}
