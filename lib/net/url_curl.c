#include "net/url.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "net/http.h"
#include "net/url_handle.h"

#define API "/api"
#define KEY_PARAM "apikey="

bool tsi_url_handle_origin(CURLU *url, char out_origin[TSI_HTTP_ORIGIN_BYTES])
{
	char *scheme = NULL;
	char *host = NULL;
	char *port = NULL;
	int length = -1;

	if (curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	    curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	    curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK)
		length = snprintf(out_origin, TSI_HTTP_ORIGIN_BYTES, "%s://%s:%s", scheme, host, port);
	for (int i = 0; i < length && i < TSI_HTTP_ORIGIN_BYTES - 1; i++)
		out_origin[i] = out_origin[i] >= 'A' && out_origin[i] <= 'Z' ? (char)(out_origin[i] | 0x20)
		                                                             : out_origin[i];
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	return length > 0 && length < TSI_HTTP_ORIGIN_BYTES;
}

static bool has_user(CURLU *url)
{
	char *user = NULL;
	char *password = NULL;
	bool has = curl_url_get(url, CURLUPART_USER, &user, 0) == CURLUE_OK;

	has |= curl_url_get(url, CURLUPART_PASSWORD, &password, 0) == CURLUE_OK;
	curl_free(user);
	curl_free(password);
	return has;
}

static bool is_web(const char *url)
{
	return tsi_text_starts_with(url, "http://") || tsi_text_starts_with(url, "https://");
}

/* @return NULL if it is not one that we ask */
static CURLU *parse(const char *url)
{
	CURLU *handle;

	if (!url || strnlen(url, TSI_HTTP_MAX_URL_BYTES + 1) > TSI_HTTP_MAX_URL_BYTES || !is_web(url))
		return NULL;
	handle = curl_url();
	if (handle && curl_url_set(handle, CURLUPART_URL, url, CURLU_URLENCODE) == CURLUE_OK &&
	    !has_user(handle))
		return handle;
	curl_url_cleanup(handle);
	return NULL;
}

int tsi_url_origin(const char *url, char out_origin[TSI_HTTP_ORIGIN_BYTES])
{
	CURLU *handle = parse(url);
	bool is_good = handle && tsi_url_handle_origin(handle, out_origin);

	curl_url_cleanup(handle);
	return is_good ? TSTREAM_OK : TSTREAM_EINVAL;
}

/* A copy that free() takes. */
static char *get_copy(CURLU *handle, CURLUPart part, unsigned flags)
{
	char *text = NULL;
	char *copy = NULL;

	if (curl_url_get(handle, part, &text, flags) == CURLUE_OK)
		copy = strdup(text);
	curl_free(text);
	return copy;
}

static bool is_key_param(const char *param)
{
	return tsi_text_starts_with(param, KEY_PARAM);
}

static char *find_api_key(const char *query)
{
	while (query && *query) {
		size_t size = strcspn(query, "&");

		if (is_key_param(query) && size > strlen(KEY_PARAM)) {
			char *key = strndup(query + strlen(KEY_PARAM), size - strlen(KEY_PARAM));

			if (key)
				key[tsi_text_percent_decode(key, strlen(key))] = '\0';
			return key;
		}
		query += size + (query[size] == '&');
	}
	return NULL;
}

/* With "/api" at the end of the path, or without. */
static bool set_api_path(CURLU *handle, bool wants_api)
{
	char *path = get_copy(handle, CURLUPART_PATH, 0);
	size_t size = path ? strlen(path) : 0;
	char *longer = malloc(size + sizeof(API));
	bool is_set = path && longer;

	while (is_set && size > 0 && path[size - 1] == '/')
		path[--size] = '\0';
	if (is_set) {
		bool has_api = size >= strlen(API) && strcmp(path + size - strlen(API), API) == 0;

		size -= has_api ? strlen(API) : 0;
		path[size] = '\0';
		snprintf(longer, size + sizeof(API), "%s%s", path, wants_api ? API : "");
		is_set = curl_url_set(handle, CURLUPART_PATH, longer, 0) == CURLUE_OK;
	}
	free(path);
	free(longer);
	return is_set;
}

int tsi_url_api_base(const char *url, char **out_base, char **out_other, char **out_api_key)
{
	CURLU *handle = parse(url);
	char *query;
	char *base = NULL;
	char *other = NULL;

	if (!handle)
		return TSTREAM_EINVAL;
	query = get_copy(handle, CURLUPART_QUERY, 0);
	if (curl_url_set(handle, CURLUPART_QUERY, NULL, 0) == CURLUE_OK &&
	    curl_url_set(handle, CURLUPART_FRAGMENT, NULL, 0) == CURLUE_OK &&
	    set_api_path(handle, true))
		base = get_copy(handle, CURLUPART_URL, 0);
	if (base && set_api_path(handle, false))
		other = get_copy(handle, CURLUPART_URL, 0);
	curl_url_cleanup(handle);
	if (!other) {
		free(base);
		base = NULL;
	}
	if (base) {
		*out_base = base;
		*out_other = other;
		*out_api_key = find_api_key(query);
	}
	free(query);
	return base ? TSTREAM_OK : TSTREAM_ENOMEM;
}

char *tsi_url_join(const char *base, const char *link)
{
	CURLU *handle;
	char *joined = NULL;

	if (tsi_text_starts_with(link, "magnet:"))
		return strdup(link);
	handle = parse(base);
	if (handle && strnlen(link, TSI_HTTP_MAX_URL_BYTES + 1) <= TSI_HTTP_MAX_URL_BYTES &&
	    curl_url_set(handle, CURLUPART_URL, link, CURLU_URLENCODE) == CURLUE_OK &&
	    !has_user(handle))
		joined = get_copy(handle, CURLUPART_URL, 0);
	curl_url_cleanup(handle);
	if (joined && !is_web(joined)) {
		free(joined);
		joined = NULL;
	}
	return joined;
}

char *tsi_url_escape(const char *text)
{
	char *escaped = curl_easy_escape(NULL, text, 0);
	char *copy = escaped ? strdup(escaped) : NULL;

	curl_free(escaped);
	return copy;
}
