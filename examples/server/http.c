#include "http.h"

#include "clock.h"
#include "front.h"
#include "problem.h"
#include "router.h"
#include "socket.h"
#include "streams.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* Threads beside those that connections may have: they tell clients that we are full. */
enum { SPARE_THREADS = 26 };

/* How long answers in progress may take to end by themselves, when the server stops. */
#define STOP_GRACE_US 250000

/* A player that has enough takes nothing for seconds.  Without a limit the system then keeps up to
 * 4 MiB for each, and with a thousand of them has none left for anybody's connections. */
#define UNSENT_BYTES (128 * 1024)

static struct server *server_of(const struct mg_connection *connection)
{
	return mg_get_user_data(mg_get_context(connection));
}

/* Everything on this thread is now about this request. */
static void begin(struct request *request)
{
	request->began_us = clock_now_us();
	request_id_choose(request_header(request, "X-Request-Id"), request->request_id);
	log_set_request(request->request_id);
}

static void end(struct request *request, int status)
{
	char client[FRONT_ADDRESS_BYTES];
	const struct mg_request_info *info = request->info;
	struct log_answer answer = {.client = client,
	                            .method = info->request_method ? info->request_method : "-",
	                            .path = info->local_uri ? info->local_uri : "-",
	                            .status = status,
	                            .duration_us = clock_now_us() - request->began_us};

	front_client_address(request, client);
	metrics_note_answer(&request->server->metrics, status);
	log_answer(&request->server->log, &answer);
	log_set_request(NULL);
}

static int on_request(struct mg_connection *connection)
{
	struct request request = {.server = server_of(connection),
	                          .connection = connection,
	                          .info = mg_get_request_info(connection),
	                          .socket = -1};
	begin(&request);
	int status = router_handle(&request);
	end(&request, status);
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
	begin(&request);
	request_close_after(&request);
	problem_send(&request, status, message);
	end(&request, status);
	return 0;
}

static int on_civetweb_log(const struct mg_connection *connection, const char *message)
{
	log_line(&server_of(connection)->log, LOG_LEVEL_INFO, "%s", message);
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

int http_port(const struct mg_context *http)
{
	struct mg_server_port port = {0};

	mg_get_server_ports(http, 1, &port);
	return port.port;
}

struct mg_context *http_start(struct server *server)
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
	struct mg_context *http = mg_start(&callbacks, server, options);
	if (http)
		socket_limit_unsent(http_port(http), UNSENT_BYTES);
	return http;
}

static void await_connections(struct server *server)
{
	static const struct timespec pause = {.tv_nsec = 2000000};
	int64_t until_us = clock_now_us() + STOP_GRACE_US;

	while (atomic_load(&server->connection_count) > 0 && clock_now_us() < until_us)
		nanosleep(&pause, NULL);
}

/* CivetWeb's threads sleep in poll() for two seconds at a time before they look whether to stop.
 * A socket that is shut down wakes its thread at once. */
void http_stop(struct server *server, struct mg_context *http)
{
	int port = http_port(http);

	atomic_store(&server->is_stopping, true);
	gate_set(&server->gate, GATE_GONE);
	streams_stop_all(server->streams);
	/* For reading only: who is being answered still gets it. */
	socket_shut_connections(port, SHUT_RD);
	await_connections(server);
	socket_shut_connections(port, SHUT_RDWR);
	socket_shut_listeners(port);
	mg_stop(http);
}
