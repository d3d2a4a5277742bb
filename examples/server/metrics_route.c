/* GET /metrics: the server's figures for Prometheus, in its text format 0.0.4. */
#include "metrics.h"
#include "problem.h"
#include "process_stats.h"
#include "response.h"
#include "routes.h"
#include "streams.h"

#include <stdlib.h>

/* About thrice what they take. */
enum { METRICS_BYTES = 32 * 1024 };

static void write_build(struct text *out)
{
	text_addf(out,
	          "# HELP tstream_build_info Always 1; what runs is in the labels.\n"
	          "# TYPE tstream_build_info gauge\n"
	          "tstream_build_info{version=\"%s\",engine=\"%s\"} 1\n",
	          tstream_version(), tstream_engine_version());
}

static void write_gauges(struct text *out, const struct server *server,
                         const tstream_session_stats *stats)
{
	const struct settings *settings = &server->settings;
	const struct {
		const char *name;
		const char *help;
		double value;
	} gauges[] = {
	    {"tstream_streams", "Streams being sent.", (double)streams_count(server->streams)},
	    {"tstream_streams_max", "How many there may be.", (double)settings->max_streams},
	    {"tstream_http_connections", "HTTP connections.",
	     (double)atomic_load(&server->connection_count)},
	    {"tstream_http_connections_max", "How many there may be.",
	     (double)settings->max_connections},
	    {"tstream_torrents", "Torrents open.", (double)stats->torrent_count},
	    {"tstream_torrents_max", "How many there may be.", (double)settings->max_torrents},
	    {"tstream_peers", "Peers connected.", (double)stats->peer_count},
	    {"tstream_dht_nodes", "Nodes known of the distributed hash table.",
	     (double)stats->dht_node_count},
	    {"tstream_disk_used_bytes", "Disk space that torrents' data takes.",
	     (double)stats->disk_used_bytes},
	    {"tstream_disk_quota_bytes", "How much it may take; 0: no limit.",
	     (double)stats->disk_quota_bytes},
	};

	for (size_t i = 0; i < sizeof(gauges) / sizeof(gauges[0]); i++)
		metrics_write_number(out, gauges[i].name, "gauge", gauges[i].help, gauges[i].value);
}

static void write_swarm(struct text *out, const tstream_session_stats *stats)
{
	metrics_write_number(out, "tstream_swarm_received_bytes_total", "counter",
	                     "Bytes of files that peers and web seeds gave.",
	                     (double)stats->downloaded_bytes);
	metrics_write_number(out, "tstream_swarm_sent_bytes_total", "counter",
	                     "Bytes of files given to peers.", (double)stats->uploaded_bytes);
	metrics_write_number(out, "tstream_swarm_redundant_bytes_total", "counter",
	                     "Bytes received that were here already.", (double)stats->redundant_bytes);
	metrics_write_number(out, "tstream_swarm_failed_bytes_total", "counter",
	                     "Bytes received that failed their hash check.",
	                     (double)stats->failed_bytes);
}

static void write_cache(struct text *out, tstream_cache *cache)
{
	tstream_cache_stats stats = TSTREAM_CACHE_STATS_INIT;

	if (tstream_cache_get_stats(cache, &stats))
		return;
	metrics_write_number(out, "tstream_cache_up", "gauge", "Whether the cache serves.",
	                     stats.state == TSTREAM_CACHE_OK);
	metrics_write_number(out, "tstream_cache_hits_total", "counter", "Questions it had answers to.",
	                     (double)stats.hit_count);
	metrics_write_number(out, "tstream_cache_misses_total", "counter", "Questions it had none to.",
	                     (double)stats.miss_count);
}

static void write_all(struct text *out, struct server *server)
{
	tstream_session_stats stats = TSTREAM_SESSION_STATS_INIT;

	metrics_write(&server->metrics, out);
	write_build(out);
	if (tstream_session_get_stats(server->session, &stats) == 0) {
		write_gauges(out, server, &stats);
		write_swarm(out, &stats);
	}
	write_cache(out, server->finder.cache);
	process_stats_write(out, server->started_at_s);
}

int route_metrics_get(struct request *request)
{
	char *memory = malloc(METRICS_BYTES);
	struct text body;
	int status;

	if (!memory)
		return problem_send(request, 500, "Out of memory.");
	text_init(&body, memory, METRICS_BYTES);
	write_all(&body, request->server);
	if (body.is_truncated)
		status = problem_send(request, 500, "The figures do not fit.");
	else
		status = response_bytes(request, 200, "text/plain; version=0.0.4; charset=utf-8",
		                        "Cache-Control: no-store\r\n", body.data, body.size);
	free(memory);
	return status;
}
