#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "behaviours.h"
#include "scene.h"

#define PATIENCE_US 20000000

/** "sqlite:" and a path in the scratch directory, for "scratch:NAME"; else as it is. */
static const char *url_of(struct scene *scene, json_t *step, char *room, size_t size)
{
	const char *url = text_of(scene, step, "url");
	if (strncmp(url, "scratch:", 8) != 0)
		return url;
	snprintf(room, size, "sqlite:%s%s", scene->scratch, url + 8);
	return room;
}

/* ---- caches ---- */

static void open_cache(struct scene *scene, json_t *step, outcome *out)
{
	tstream_cache *cache = NULL;
	out->number = tstream_cache_open(text_of(scene, step, "url"), NULL, &cache, NULL);
	keep(scene, step, A_CACHE, cache);
}

static void cache_put(struct scene *scene, json_t *step, outcome *out)
{
	const char *text = text_of(scene, step, "text");
	out->number = tstream_cache_put(any_of(scene, step), text_of(scene, step, "key"), text,
	                                strlen(text), number_of(scene, step, "ttl_ms", 0) * 1000);
}

static void cache_get(struct scene *scene, json_t *step, outcome *out)
{
	void *value = NULL;
	size_t size = 0;
	out->number =
	    tstream_cache_get_copy(any_of(scene, step), text_of(scene, step, "key"), &value, &size);
	if (out->number == 0)
		out->text = strndup(value, size);
	tstream_free(value);
}

static void cache_remove(struct scene *scene, json_t *step, outcome *out)
{
	out->number = tstream_cache_remove(any_of(scene, step), text_of(scene, step, "key"));
}

/* ---- catalogues and searches ---- */

static void open_catalog(struct scene *scene, json_t *step, outcome *out)
{
	tstream_catalog *catalog = NULL;
	out->number = tstream_catalog_open(":memory:", TSTREAM_CATALOG_EMPTY, &catalog, NULL);
	keep(scene, step, A_CATALOG, catalog);
}

static void catalog_add(struct scene *scene, json_t *step, outcome *out)
{
	tstream_catalog_entry entry = TSTREAM_CATALOG_ENTRY_INIT;
	entry.title = text_of(scene, step, "title");
	entry.magnet = text_of(scene, step, "magnet");
	entry.size = number_of(scene, step, "size", -1);
	out->number = tstream_catalog_add(any_of(scene, step), &entry, NULL);
}

static void catalog_remove(struct scene *scene, json_t *step, outcome *out)
{
	out->number = tstream_catalog_remove(any_of(scene, step), text_of(scene, step, "infohash"));
}

static void catalog_count(struct scene *scene, json_t *step, outcome *out)
{
	out->number = tstream_catalog_get_count(any_of(scene, step));
}

static void open_search(struct scene *scene, json_t *step, outcome *out)
{
	tstream_search *search = NULL;
	out->number = tstream_search_open(NULL, &search, NULL);
	keep(scene, step, A_SEARCH, search);
}

static void add_catalog(struct scene *scene, json_t *step, outcome *out)
{
	struct object *catalog = find_object(scene, text_of(scene, step, "catalog"));
	out->number =
	    catalog ? tstream_search_add_catalog(any_of(scene, step), text_of(scene, step, "name"),
	                                         catalog->is.catalog, NULL)
	            : TSTREAM_EINTERNAL;
}

static void start_query(struct scene *scene, json_t *step, outcome *out)
{
	tstream_query *query = NULL;
	tstream_query_options options = TSTREAM_QUERY_OPTIONS_INIT;
	const char *providers = text_of(scene, step, "providers");
	options.providers = *providers ? providers : NULL;
	out->number = tstream_search_start(any_of(scene, step), text_of(scene, step, "text"), &options,
	                                   &query, NULL);
	keep(scene, step, A_QUERY, query);
}

static void wait_done(struct scene *scene, json_t *step, outcome *out)
{
	out->number = tstream_query_wait_done(any_of(scene, step), PATIENCE_US);
}

static void result_count(struct scene *scene, json_t *step, outcome *out)
{
	tstream_results *results = NULL;
	out->number = tstream_query_get_results(any_of(scene, step), 0, 0, &results);
	if (out->number == 0)
		out->number = (int64_t)tstream_results_get_total(results);
	tstream_results_free(results);
}

static void best_result(struct scene *scene, json_t *step, outcome *out)
{
	tstream_results *results = NULL;
	tstream_result result = TSTREAM_RESULT_INIT;
	const char *field = text_of(scene, step, "field");
	out->number = tstream_query_get_results(any_of(scene, step), 0, 1, &results);
	if (out->number == 0)
		out->number = tstream_results_get(results, 0, &result);
	if (out->number == 0 && strcmp(field, "title") == 0)
		out->text = strdup(result.title);
	else if (out->number == 0 && strcmp(field, "infohash_v1") == 0)
		out->text = strdup(result.infohash_v1);
	else if (out->number == 0 && strcmp(field, "sources") == 0)
		out->text = strdup(result.sources);
	tstream_results_free(results);
}

static void query_is_complete(struct scene *scene, json_t *step, outcome *out)
{
	tstream_query_stats stats = TSTREAM_QUERY_STATS_INIT;
	out->number = tstream_query_get_stats(any_of(scene, step), &stats);
	if (out->number == 0)
		out->number = stats.is_complete;
}

/* ---- histories and accounts ---- */

static void open_history(struct scene *scene, json_t *step, outcome *out)
{
	tstream_history *history = NULL;
	char room[4096];
	out->number =
	    tstream_history_open(url_of(scene, step, room, sizeof(room)), NULL, &history, NULL);
	keep(scene, step, A_HISTORY, history);
}

static void record(struct scene *scene, json_t *step, outcome *out)
{
	tstream_watch watch = TSTREAM_WATCH_INIT;
	watch.session_id = text_of(scene, step, "session");
	watch.magnet = text_of(scene, step, "magnet");
	watch.position_us = number_of(scene, step, "position_us", 0);
	out->number = tstream_history_record(any_of(scene, step), &watch, NULL, NULL);
}

static void file_position(struct scene *scene, json_t *step, outcome *out)
{
	int64_t position_us = 0;
	out->number = tstream_history_get_file_position(
	    any_of(scene, step), text_of(scene, step, "session"), text_of(scene, step, "infohash"), 0,
	    &position_us, NULL, NULL);
	if (out->number == 0)
		out->number = position_us;
}

static void sitting_count(struct scene *scene, json_t *step, outcome *out)
{
	tstream_history_page *page = NULL;
	tstream_history_query query = TSTREAM_HISTORY_QUERY_INIT;
	query.session_id = text_of(scene, step, "session");
	out->number = tstream_history_list(any_of(scene, step), &query, &page, NULL);
	if (out->number == 0)
		out->number = tstream_history_page_get_count(page);
	tstream_history_page_free(page);
}

static void clear(struct scene *scene, json_t *step, outcome *out)
{
	out->number = tstream_history_clear(any_of(scene, step), text_of(scene, step, "session"), NULL);
}

static void open_accounts(struct scene *scene, json_t *step, outcome *out)
{
	tstream_accounts *accounts = NULL;
	tstream_accounts_options options = TSTREAM_ACCOUNTS_OPTIONS_INIT;
	char room[4096];
	options.hash_memory_kib = 64;
	options.hash_passes = 1;
	out->number =
	    tstream_accounts_open(url_of(scene, step, room, sizeof(room)), &options, &accounts, NULL);
	keep(scene, step, AN_ACCOUNTS, accounts);
}

static void create_account(struct scene *scene, json_t *step, outcome *out)
{
	tstream_account account = TSTREAM_ACCOUNT_INIT;
	out->number = tstream_accounts_create(any_of(scene, step), text_of(scene, step, "name"),
	                                      text_of(scene, step, "password"), &account, NULL);
	if (out->number == 0)
		out->text = strdup(account.name);
}

static void verify_account(struct scene *scene, json_t *step, outcome *out)
{
	out->number = tstream_accounts_verify(any_of(scene, step), text_of(scene, step, "name"),
	                                      text_of(scene, step, "password"), NULL, NULL, NULL);
}

/* clang-format off */
const known_call store_calls[] = {
	{"open_cache", NO_OBJECT, open_cache},
	{"cache_put", A_CACHE, cache_put},
	{"cache_get", A_CACHE, cache_get},
	{"cache_remove", A_CACHE, cache_remove},
	{"open_catalog", NO_OBJECT, open_catalog},
	{"catalog_add", A_CATALOG, catalog_add},
	{"catalog_remove", A_CATALOG, catalog_remove},
	{"catalog_count", A_CATALOG, catalog_count},
	{"open_search", NO_OBJECT, open_search},
	{"add_catalog", A_SEARCH, add_catalog},
	{"start_query", A_SEARCH, start_query},
	{"wait_done", A_QUERY, wait_done},
	{"result_count", A_QUERY, result_count},
	{"best_result", A_QUERY, best_result},
	{"query_is_complete", A_QUERY, query_is_complete},
	{"open_history", NO_OBJECT, open_history},
	{"record", A_HISTORY, record},
	{"file_position", A_HISTORY, file_position},
	{"sitting_count", A_HISTORY, sitting_count},
	{"clear", A_HISTORY, clear},
	{"open_accounts", NO_OBJECT, open_accounts},
	{"create_account", AN_ACCOUNTS, create_account},
	{"verify_account", AN_ACCOUNTS, verify_account},
	{NULL, NO_OBJECT, NULL},
};
/* clang-format on */
