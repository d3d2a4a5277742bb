/* tstream-server: streams files out of torrents over HTTP.  Settings, session, CivetWeb, and an
 * orderly end on SIGINT or SIGTERM. */
#include "clock.h"
#include "cluster.h"
#include "create_account.h"
#include "hangups.h"
#include "http.h"
#include "keeper.h"
#include "known_logins.h"
#include "recorder.h"
#include "stores.h"
#include "streams.h"
#include "uploads.h"
#include "web.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, EXPIRE_PERIOD_MS = 5000 };

static void print_log(void *user, int level, const char *message)
{
	log_line(user, level < 0 ? LOG_LEVEL_ERROR : (enum log_level)level, "%s", message);
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
	options.cache = server->finder.cache;
	return tstream_session_open(&options, &server->session, err);
}

/* Beside the session: both lie in its data directory, which it made. */
static int open_history(struct server *server, tstream_error *err)
{
	const struct settings *settings = &server->settings;
	int code = secret_load(settings, server->secret, err);

	if (code)
		return code;
	server->known_logins = known_logins_new(server->secret);
	server->stores = stores_new(settings, &server->log);
	if (server->stores && !settings->no_history)
		server->recorder = recorder_new(server->stores, server->session);
	if (!server->known_logins || !server->stores || (!server->recorder && !settings->no_history)) {
		snprintf(err->message, sizeof(err->message), "Memory or threads are lacking.");
		return TSTREAM_ENOMEM;
	}
	/* A build without the usual database streams all the same. */
	bool is_needed = settings->accounts || settings->database_url;
	return is_needed ? stores_get_fault(server->stores, err) : 0;
}

/* Say what the library wants known. */
static void drain_events(struct server *server)
{
	tstream_event event = TSTREAM_EVENT_INIT;

	while (tstream_session_next_event(server->session, &event) > 0) {
		bool is_fault = event.type == TSTREAM_EVENT_ERROR || event.type == TSTREAM_EVENT_WARNING;
		/* What is about no torrent is in the library's log already. */
		if (is_fault && event.infohash[0])
			log_line(&server->log, LOG_LEVEL_WARNING, "%s: %s", event.infohash, event.message);
		if (event.type == TSTREAM_EVENT_METADATA) {
			cluster_wake(server->cluster); /* first: to learn is to write to disk */
			finder_learn(&server->finder, server->session, event.infohash);
		}
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

static void announce(const struct server *server, const struct mg_context *http)
{
	log_notice(&server->log, "tstream-server %s listens on http://%s:%d/", tstream_version(),
	           server->settings.host, http_port(http));
}

static void complain_of_port(const struct server *server)
{
	const struct settings *settings = &server->settings;
	bool lacks_v6 = strchr(settings->host, ':') && !mg_check_feature(MG_FEATURES_IPV6);

	log_failure(&server->log, "cannot listen on %s port %u; %s", settings->host,
	            (unsigned)settings->port,
	            lacks_v6 ? "this build of CivetWeb has no IPv6" : "is it in use?");
}

/* The arguments of open_session(), and its result. */
struct opening {
	struct server *server;
	tstream_error err;
	int code;
};

/* The session makes the data directory, in which the catalogue lies, and uses the cache. */
static int open_all(struct server *server, tstream_error *err)
{
	int code = finder_open_cache(&server->finder, &server->settings, err);

	if (code == 0)
		code = open_session(server, err);
	if (code == 0)
		code = finder_open(&server->finder, &server->settings, &server->log, err);
	if (code == 0)
		code = cluster_open(server, &server->cluster, err);
	return code;
}

static void *open_beside(void *argument)
{
	struct opening *opening = argument;

	opening->code = open_all(opening->server, &opening->err);
	if (opening->code == 0)
		opening->code = open_history(opening->server, &opening->err);
	return NULL;
}

/* HTTP and the session, side by side: each takes tens of milliseconds. */
static struct mg_context *start_both(struct server *server)
{
	struct opening opening = {.server = server};
	pthread_t thread;

	if (pthread_create(&thread, NULL, open_beside, &opening)) {
		log_failure(&server->log, "No thread could be started.");
		return NULL;
	}
	struct mg_context *http = http_start(server);
	pthread_join(thread, NULL);
	if (opening.code)
		log_failure(&server->log, "%s", opening.err.message);
	else if (!http)
		complain_of_port(server);
	else
		return http;
	if (http)
		http_stop(server, http);
	return NULL;
}

static int serve(struct server *server, int signals)
{
	struct mg_context *http = start_both(server);

	if (!http)
		return EXIT_FAILURE;
	server->uploads = uploads_open(server->settings.data_dir);
	if (!server->uploads) {
		log_failure(&server->log, "cannot use %s/subtitles", server->settings.data_dir);
		http_stop(server, http);
		return EXIT_FAILURE;
	}
	gate_set(&server->gate, GATE_OPEN);
	announce(server, http);
	run(server, signals);
	http_stop(server, http);
	uploads_close(server->uploads);
	return EXIT_SUCCESS;
}

/* A page that was asked for must be there; the installed one may be missing. */
static bool open_web(struct server *server)
{
	const char *wanted = server->settings.web_dir;
	char message[512];

	server->web = web_open(wanted ? wanted : SERVER_WEB_DIR, message, sizeof(message));
	if (server->web || (!wanted && !message[0]))
		return true;
	if (message[0])
		log_failure(&server->log, "%s", message);
	else
		log_failure(&server->log, "there is no page in %s; script/web builds one", wanted);
	return false;
}

static int start(struct server *server)
{
	const struct settings *settings = &server->settings;
	int result = EXIT_FAILURE;

	server->log = (struct log){.level = settings->log, .format = settings->log_format};
	int signals = catch_signals();
	raise_file_limit();
	tstream_set_log(print_log, &server->log);
	gate_init(&server->gate);
	server->started_at_s = clock_wall_s();
	server->streams = streams_new((unsigned)settings->max_streams);
	server->keeper =
	    keeper_new((unsigned)settings->max_torrents, (int64_t)settings->idle_timeout_s * 1000000);
	server->hangups = hangups_new();
	if (server->streams && server->keeper && server->hangups && signals >= 0 && open_web(server))
		result = serve(server, signals);
	cluster_close(server->cluster);
	recorder_free(server->recorder);
	stores_free(server->stores);
	known_logins_free(server->known_logins);
	keeper_free(server->keeper);
	hangups_free(server->hangups);
	streams_free(server->streams);
	web_close(server->web);
	tstream_session_close(server->session);
	finder_close(&server->finder);
	gate_destroy(&server->gate);
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
	if (sodium_init() < 0) {
		fprintf(stderr, "tstream-server: libsodium cannot be used\n");
		return EXIT_FAILURE;
	}
	return server.settings.create_account ? create_account(&server.settings) : start(&server);
}
