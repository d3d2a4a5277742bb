#include "front.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Host has passed the guard, and so has X-Forwarded-Host, which counts only if the settings say
 * that a proxy of ours writes it. */
static const char *forwarded(const struct request *request, const char *name)
{
	return request->server->settings.trust_proxy ? request_header(request, name) : NULL;
}

/* Whether the name in Host is the one in the public URL. */
static bool is_called_by_public_url(const struct request *request)
{
	const char *url = request->server->settings.public_url;
	const char *host = request_header(request, "Host");

	return url && host && strcasecmp(strstr(url, "//") + 2, host) == 0;
}

bool front_is_https(const struct request *request)
{
	const char *url = request->server->settings.public_url;
	const char *scheme = forwarded(request, "X-Forwarded-Proto");

	if (scheme)
		return strcmp(scheme, "https") == 0;
	return is_called_by_public_url(request) && strncmp(url, "https://", 8) == 0;
}

void front_add_base(const struct request *request, struct text *base)
{
	const char *host = forwarded(request, "X-Forwarded-Host");

	if (request->server->settings.public_url) {
		text_add(base, request->server->settings.public_url);
		return;
	}
	text_addf(base, "%s://%s", front_is_https(request) ? "https" : "http",
	          host ? host : request_header(request, "Host"));
}

static bool is_address(const char *text)
{
	unsigned char bytes[16];

	return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

/* The last one is the proxy's own word; those before it are anybody's. */
void front_client_address(const struct request *request, char out[FRONT_ADDRESS_BYTES])
{
	const char *list = forwarded(request, "X-Forwarded-For");
	const char *last = list ? strrchr(list, ',') : NULL;

	last = last ? last + 1 : list;
	if (last) {
		last += strspn(last, " \t");
		snprintf(out, FRONT_ADDRESS_BYTES, "%.*s", (int)strcspn(last, " \t"), last);
		if (is_address(out))
			return;
	}
	snprintf(out, FRONT_ADDRESS_BYTES, "%s", request->info->remote_addr);
}

bool front_is_local(const struct request *request)
{
	return !request->server->settings.trust_proxy && !request_header(request, "Forwarded") &&
	       !request_header(request, "X-Forwarded-For") &&
	       settings_is_loopback(request->info->remote_addr);
}
