/* tstream-server: streams files out of torrents over HTTP.  Settings, session, CivetWeb, and an
 * orderly end on SIGINT or SIGTERM. */
#include "clock.h"
#include "keeper.h"
#include "problem.h"
#include "router.h"
#include "server.h"
#include "streams.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, EXPIRE_PERIOD_MS = 5000 };

/* Threads beside those that connections may have: they tell clients that we are full. */
enum { SPARE_THREADS = 26 };

static void print_log(void *user, int level, const char *message)
{
	static const char *const names[] = {"error", "warning", "info", "trace"};
	const struct settings *settings = user;

	if (level <= (int)settings->log)
		fprintf(stderr, "%s: %s\n", names[level < 0 ? 0 : level], message);
}

static struct server *server_of(const struct mg_connection *connection)
{
	return mg_get_user_data(mg_get_context(connection));
}

static int on_request(struct mg_connection *connection)
{
	struct request request = {.server = server_of(connection),
	                          .connection = connection,
	                          .info = mg_get_request_info(connection),
	                          .socket = -1};
	int64_t began_us = clock_now_us();
	int status = router_handle(&request);

	/* Without the query: magnets are nobody's business but the user's, and tokens too. */
	if (request.server->settings.log >= LOG_LEVEL_INFO)
		fprintf(stderr, "info: %s %s %s %d %.1f ms\n", request.info->remote_addr,
		        request.info->request_method, request.info->local_uri, status,
		        (double)(clock_now_us() - began_us) / 1000);
	return status;
}

/* What CivetWeb refuses before we get to see it. */
static int on_error(struct mg_connection *connection, int status, const char *message)
{
	struct request request = {.server = server_of(connection),
	                          .connection = connection,
	                          .info = mg_get_request_info(connection),
	                          .socket = -1};

	request.is_body_read = true; /* there is no request whose body could be told apart */
	request_close_after(&request);
	problem_send(&request, status, message);
	return 0;
}

static int on_civetweb_log(const struct mg_connection *connection, const char *message)
{
	print_log(&server_of(connection)->settings, LOG_LEVEL_INFO, message);
	return 1;
}

static int on_connect(const struct mg_connection *connection, void **connection_data)
{
	*connection_data = NULL;
	atomic_fetch_add(&server_of(connection)->connection_count, 1);
	return 0;
}

static void on_disconnect(const struct mg_connection *connection)
{
	atomic_fetch_sub(&server_of(connection)->connection_count, 1);
}

static struct mg_context *start_http(struct server *server)
{
	const struct settings *settings = &server->settings;
	struct mg_callbacks callbacks = {.begin_request = on_request,
	                                 .http_error = on_error,
	                                 .log_message = on_civetweb_log,
	                                 .init_connection = on_connect,
	                                 .connection_close = on_disconnect};
	bool is_localhost = strcmp(settings->host, "localhost") == 0;
	bool is_bare_v6 = strchr(settings->host, ':') && settings->host[0] != '[';
	char address[280], threads[16];

	snprintf(address, sizeof(address), is_bare_v6 ? "[%s]:%u" : "%s:%u",
	         is_localhost ? "127.0.0.1" : settings->host, (unsigned)settings->port);
	snprintf(threads, sizeof(threads), "%u", (unsigned)settings->max_connections + SPARE_THREADS);
	const char *options[] = {
	    "listening_ports",
	    address,
	    "num_threads",
	    threads,
	    "connection_queue",
	    "200",
	    "listen_backlog",
	    "1024",
	    "enable_keep_alive",
	    "yes",
	    "keep_alive_timeout_ms",
	    "5000",
	    /* Also how long a request may dawdle over its head: a slowloris holds a thread. */
	    "request_timeout_ms",
	    "10000",
	    "tcp_nodelay",
	    "1",
	    /* Paths are compared as they came. */
	    "decode_url",
	    "no",
	    NULL,
	};
	return mg_start(&callbacks, server, options);
}

static int open_session(struct server *server, tstream_error *err)
{
	const struct settings *settings = &server->settings;
	tstream_session_options options = TSTREAM_SESSION_OPTIONS_INIT;

	options.flags = (settings->no_dht ? TSTREAM_SESSION_NO_DHT : 0) |
	                (settings->no_lsd ? TSTREAM_SESSION_NO_LSD : 0) |
	                (settings->no_port_mapping ? TSTREAM_SESSION_NO_PORT_MAPPING : 0) |
	                (settings->no_upload ? TSTREAM_SESSION_NO_UPLOAD : 0);
	options.data_dir = settings->data_dir;
	options.listen = settings->listen;
	options.quota_bytes = settings->quota_bytes;
	options.upload_bytes_per_s = settings->upload_bytes_per_s;
	options.download_bytes_per_s = settings->download_bytes_per_s;
	options.max_torrents = (uint32_t)settings->max_torrents;
	options.max_peers = (uint32_t)settings->max_peers;
	/* One for each range being sent, and there are no more of those than streams. */
	options.max_readers = (uint32_t)settings->max_streams;
	options.metadata_timeout_us = (int64_t)settings->metadata_timeout_s * 1000000;
	return tstream_session_open(&options, &server->session, err);
}

/* Say what the library wants known, and let go of what was removed. */
static void drain_events(struct server *server)
{
	tstream_event event = TSTREAM_EVENT_INIT;

	while (tstream_session_next_event(server->session, &event) > 0) {
		if (event.type == TSTREAM_EVENT_REMOVED)
			keeper_forget(server->keeper, event.infohash);
		if (event.type == TSTREAM_EVENT_ERROR || event.type == TSTREAM_EVENT_WARNING)
			print_log(&server->settings, LOG_LEVEL_WARNING, event.message);
	}
}

/* Until a signal asks for the end. */
static void run(struct server *server, int signals)
{
	struct pollfd watched[] = {
	    {.fd = signals, .events = POLLIN},
	    {.fd = tstream_session_get_wakeup_fd(server->session), .events = POLLIN},
	};

	while (!(watched[0].revents & POLLIN)) {
		poll(watched, 2, EXPIRE_PERIOD_MS);
		if (watched[1].revents & POLLIN)
			drain_events(server);
		keeper_expire(server->keeper);
	}
}

/* Blocked in every thread, for they inherit it, and read here as a file. */
static int catch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* Connections of both kinds are files; the usual 1,024 are soon used up. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static void announce(const struct server *server, struct mg_context *http)
{
	struct mg_server_port port = {0};

	mg_get_server_ports(http, 1, &port);
	printf("tstream-server %s listens on http://%s:%d/\n", tstream_version(), server->settings.host,
	       port.port);
	fflush(stdout);
}

static int serve(struct server *server, int signals)
{
	struct mg_context *http = start_http(server);

	if (!http) {
		bool lacks_v6 = strchr(server->settings.host, ':') && !mg_check_feature(MG_FEATURES_IPV6);
		fprintf(stderr, "tstream-server: cannot listen on %s port %u; %s\n", server->settings.host,
		        (unsigned)server->settings.port,
		        lacks_v6 ? "this build of CivetWeb has no IPv6" : "is it in use?");
		return EXIT_FAILURE;
	}
	announce(server, http);
	run(server, signals);
	/* Handlers that wait see the flag within half a second, streams at once. */
	atomic_store(&server->is_stopping, true);
	streams_stop_all(server->streams);
	mg_stop(http);
	return EXIT_SUCCESS;
}

static int start(struct server *server)
{
	const struct settings *settings = &server->settings;
	tstream_error err;
	int result = EXIT_FAILURE;

	int signals = catch_signals();
	raise_file_limit();
	tstream_set_log(print_log, &server->settings);
	if (open_session(server, &err)) {
		fprintf(stderr, "tstream-server: %s\n", err.message);
		close(signals);
		return EXIT_FAILURE;
	}
	server->started_at_s = clock_wall_s();
	server->streams = streams_new((unsigned)settings->max_streams);
	server->keeper =
	    keeper_new((unsigned)settings->max_torrents, (int64_t)settings->idle_timeout_s * 1000000);
	if (server->streams && server->keeper && signals >= 0)
		result = serve(server, signals);
	keeper_free(server->keeper);
	streams_free(server->streams);
	tstream_session_close(server->session);
	close(signals);
	return result;
}

int main(int argc, char **argv)
{
	struct server server = {.started_at_s = 0};
	char message[512];

	if (settings_read(&server.settings, argc, argv, message, sizeof(message))) {
		fprintf(stderr, "tstream-server: %s\n", message);
		return EXIT_USAGE;
	}
	if (server.settings.help) {
		settings_print_help(stdout);
		return EXIT_SUCCESS;
	}
	if (server.settings.version) {
		printf("tstream-server %s (%s)\n", tstream_version(), tstream_engine_version());
		return EXIT_SUCCESS;
	}
	return start(&server);
}
