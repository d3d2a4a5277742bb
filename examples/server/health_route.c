/* GET /api/health */
#include "clock.h"
#include "cluster.h"
#include "response.h"
#include "routes.h"
#include "search_json.h"
#include "stores.h"
#include "streams.h"

static json_t *limits_to_json(const struct server *server)
{
	return json_pack("{s:I, s:I, s:I}", "max_streams", (json_int_t)server->settings.max_streams,
	                 "max_connections", (json_int_t)server->settings.max_connections,
	                 "max_torrents", (json_int_t)server->settings.max_torrents);
}

/* Their names and how they fared; who may ask for health need not know where they are. */
static json_t *providers_to_json(const struct server *server)
{
	json_t *all = search_json_providers(server->finder.search);
	json_t *array = json_array();
	const json_t *provider;
	size_t index;

	json_array_foreach(all, index, provider) json_array_append_new(
	    array, json_pack("{s:O, s:O, s:O}", "name", json_object_get(provider, "name"), "kind",
	                     json_object_get(provider, "kind"), "status",
	                     json_object_get(provider, "status")));
	json_decref(all);
	return array;
}

static json_t *accounts_to_json(const struct settings *settings)
{
	return json_pack("{s:b, s:b}", "is_on", settings->accounts, "is_registration_open",
	                 settings->accounts && settings->registration == REGISTRATION_OPEN);
}

int route_health_get(struct request *request)
{
	struct server *server = request->server;
	tstream_session_stats stats = TSTREAM_SESSION_STATS_INIT;
	char started_at[CLOCK_RFC3339_BYTES];
	int code = tstream_session_get_stats(server->session, &stats);

	clock_format_rfc3339(server->started_at_s, started_at);
	json_t *body =
	    json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, "
	              "s:o, s:o, s:o, s:o, s:o, s:o}",
	              "status", code ? "failing" : "ok", "version", tstream_version(), "engine",
	              tstream_engine_version(), "started_at", started_at, "uptime_s",
	              (json_int_t)(clock_wall_s() - server->started_at_s), "torrent_count",
	              (json_int_t)stats.torrent_count, "reader_count", (json_int_t)stats.reader_count,
	              "stream_count", (json_int_t)streams_count(server->streams), "connection_count",
	              (json_int_t)atomic_load(&server->connection_count), "peer_count",
	              (json_int_t)stats.peer_count, "dht_node_count", (json_int_t)stats.dht_node_count,
	              "listen_port", (json_int_t)stats.listen_port, "download_bytes_per_s",
	              (json_int_t)stats.download_bytes_per_s, "disk_used_bytes",
	              (json_int_t)stats.disk_used_bytes, "disk_quota_bytes",
	              (json_int_t)stats.disk_quota_bytes, "limits", limits_to_json(server), "cache",
	              search_json_cache(server->finder.cache), "providers", providers_to_json(server),
	              "history", stores_to_json(server->stores), "accounts",
	              accounts_to_json(&server->settings), "cluster", cluster_to_json(server->cluster));
	return response_json(request, code ? 503 : 200, "", body);
}
