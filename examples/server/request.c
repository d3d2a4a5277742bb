#include "request.h"

#include "socket.h"

#include <string.h>
#include <strings.h>

const char *request_header(const struct request *request, const char *name)
{
	return mg_get_header(request->connection, name);
}

unsigned request_count_header(const struct request *request, const char *name)
{
	unsigned count = 0;

	for (int i = 0; i < request->info->num_headers; i++)
		count += strcasecmp(request->info->http_headers[i].name, name) == 0;
	return count;
}

void request_close_after(struct request *request)
{
	request->must_close = true;
	mg_disable_connection_keep_alive(request->connection);
}

/* Whether a comma separated list has a word. */
static bool has_word(const char *list, const char *word)
{
	size_t size = strlen(word);

	while (*list) {
		list += strspn(list, ", \t");
		size_t length = strcspn(list, ", \t");
		if (length == size && strncasecmp(list, word, size) == 0)
			return true;
		list += length;
	}
	return false;
}

bool request_is_kept_alive(const struct request *request)
{
	const char *connection = request_header(request, "Connection");

	if (request->must_close || atomic_load(&request->server->is_stopping))
		return false;
	if (connection)
		return has_word(connection, "keep-alive");
	return request->info->http_version && strcmp(request->info->http_version, "1.1") == 0;
}

int request_socket(struct request *request)
{
	if (!request->socket_is_known) {
		request->socket = socket_find(request->info->remote_addr, request->info->remote_port,
		                              request->info->server_port);
		request->socket_is_known = true;
	}
	return request->socket;
}

bool request_is_client_gone(struct request *request)
{
	return socket_wait_gone(request_socket(request), 0);
}

bool request_pause(struct request *request, int timeout_ms)
{
	return socket_wait_gone(request_socket(request), timeout_ms);
}

bool request_is_abandoned(struct request *request)
{
	return atomic_load(&request->server->is_stopping) || request_is_client_gone(request);
}
