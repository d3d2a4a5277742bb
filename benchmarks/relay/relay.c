/*
 * relay - TCP links with a round-trip time and a rate, in user space.
 *
 *   relay --rtt-ms 30 --mbit 10 127.0.0.11:7000=127.0.0.2:7000 ...
 *
 * Each LISTEN=TARGET pair, or LISTEN=TARGET@MBIT with a rate of its own, is one
 * link; all its connections share it, in each direction on its own.  A byte read at time t leaves
 * the sender at max(t, link free) + size / rate and arrives half a round trip later.  What waits
 * for the link is bounded by --queue-kib, so that it behaves like a line with a short queue: past
 * it the sender's own window fills.
 *
 * On SIGUSR1 the first link falls silent: its connections stay, nothing passes.
 *
 * Arrivals are rounded to the nearest millisecond, which keeps four full links
 * at about a tenth of one core.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_MS 1000000ULL
#define TICK_NS NS_PER_MS
#define MAX_PARTS 16
#define PACKET_BYTES 1448u /* what a real segment carries */
#define MAX_LINKS 64u
#define MAX_CONNECTIONS 512u
#define QUEUE_PACKETS 256u /* slots of one direction of one connection */
#define SOCKET_BUFFER_BYTES 32768
#define NEVER UINT64_MAX

struct packet {
	uint64_t arrival_ns;
	uint32_t size;
	uint32_t sent;
	uint8_t bytes[PACKET_BYTES];
};

/* One direction of one connection. */
struct flow {
	struct packet *queue; /* ring of QUEUE_PACKETS */
	uint32_t head;
	uint32_t count;
	uint64_t not_before_ns; /* TCP's own handshake takes a round trip, too */
	bool ended;             /* the sender has closed */
	bool finished;          /* and the receiver has been told */
	bool blocked;           /* the receiver does not take more just now */
};

struct link {
	struct sockaddr_in listen_address;
	struct sockaddr_in target_address;
	int listener;
	double ns_per_byte;
	uint64_t queue_ns;      /* how long the last byte of a full queue waits */
	uint64_t free_at_ns[2]; /* [0] towards the target, [1] back */
	bool silent;
};

struct connection {
	struct link *link;
	int fd[2]; /* [0] the client's, [1] the target's */
	bool connecting;
	struct flow flow[2]; /* flow[i] reads fd[i] and writes fd[1 - i] */
};

struct relay {
	uint64_t one_way_ns;
	struct link links[MAX_LINKS];
	uint32_t link_count;
	struct connection connections[MAX_CONNECTIONS];
	uint32_t connection_count;
};

static volatile sig_atomic_t stopping;
static volatile sig_atomic_t silencing;

static void on_signal(int number)
{
	if (number == SIGUSR1)
		silencing = 1;
	else
		stopping = 1;
}

static uint64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

static void die(const char *what)
{
	fprintf(stderr, "relay: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int stream_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;
	int buffer_bytes = SOCKET_BUFFER_BYTES;
	int segment_bytes = PACKET_BYTES;

	if (fd < 0)
		return -1;
	/* The kernel's buffers are part of the queue: keep them small, and set them
	 * before the connection exists so that the window never opens wider. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof(buffer_bytes));
	setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &segment_bytes, sizeof(segment_bytes));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	/* BBR would pace our packets once more, by loopback's round trip. */
	setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "cubic", 5);
	return fd;
}

static void link_listen(struct link *link)
{
	link->listener = stream_socket();
	if (link->listener < 0)
		die("socket");
	if (bind(link->listener, (struct sockaddr *)&link->listen_address,
	         sizeof(link->listen_address)) < 0)
		die("bind");
	if (listen(link->listener, 64) < 0)
		die("listen");
}

static bool flow_init(struct flow *flow, uint64_t not_before_ns)
{
	memset(flow, 0, sizeof(*flow));
	flow->not_before_ns = not_before_ns;
	flow->queue = malloc(QUEUE_PACKETS * sizeof(*flow->queue));
	return flow->queue != NULL;
}

static void connection_close(struct relay *relay, uint32_t index)
{
	struct connection *connection = &relay->connections[index];
	for (int side = 0; side < 2; side++) {
		close(connection->fd[side]);
		free(connection->flow[side].queue);
	}
	*connection = relay->connections[--relay->connection_count];
}

static void link_accept(struct relay *relay, struct link *link)
{
	int client = accept4(link->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	int target;
	int on = 1;
	uint64_t start_ns = now_ns() + 2 * relay->one_way_ns;
	struct connection *connection = &relay->connections[relay->connection_count];

	if (client < 0)
		return;
	target = stream_socket();
	if (relay->connection_count == MAX_CONNECTIONS || target < 0)
		goto refuse;
	setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(target, (struct sockaddr *)&link->target_address, sizeof(link->target_address)) <
	        0 &&
	    errno != EINPROGRESS)
		goto refuse;
	if (!flow_init(&connection->flow[0], start_ns) || !flow_init(&connection->flow[1], 0))
		die("malloc");
	connection->link = link;
	connection->fd[0] = client;
	connection->fd[1] = target;
	connection->connecting = true;
	relay->connection_count++;
	return;
refuse:
	close(client);
	if (target >= 0)
		close(target);
}

/* When this flow may next read, given what already waits for its link. */
static uint64_t flow_read_at(const struct connection *connection, int side)
{
	const struct flow *flow = &connection->flow[side];
	const struct link *link = connection->link;
	uint64_t free_at_ns = link->free_at_ns[side];

	if (flow->ended || flow->count == QUEUE_PACKETS || link->silent)
		return NEVER;
	return free_at_ns > link->queue_ns ? free_at_ns - link->queue_ns : 0;
}

static void flow_schedule(const struct relay *relay, struct connection *connection, int side,
                          struct packet *packet, uint64_t now)
{
	struct flow *flow = &connection->flow[side];
	uint64_t *free_at_ns = &connection->link->free_at_ns[side];
	uint64_t start_ns = now > *free_at_ns ? now : *free_at_ns;

	if (start_ns < flow->not_before_ns)
		start_ns = flow->not_before_ns;
	*free_at_ns = start_ns + (uint64_t)((double)packet->size * connection->link->ns_per_byte);
	packet->arrival_ns = *free_at_ns + relay->one_way_ns;
}

/* Returns false if the connection broke. */
static bool flow_read(struct relay *relay, struct connection *connection, int side, uint64_t now)
{
	struct flow *flow = &connection->flow[side];
	while (flow_read_at(connection, side) <= now) {
		struct packet *packet = &flow->queue[(flow->head + flow->count) % QUEUE_PACKETS];
		ssize_t size = recv(connection->fd[side], packet->bytes, sizeof(packet->bytes), 0);
		if (size < 0)
			return errno == EAGAIN || errno == EINTR;
		if (size == 0) {
			flow->ended = true;
			return true;
		}
		packet->size = (uint32_t)size;
		packet->sent = 0;
		flow_schedule(relay, connection, side, packet, now);
		flow->count++;
	}
	return true;
}

/* Collect what has arrived by now, so that one call sends it all. */
static int flow_collect(struct flow *flow, uint64_t now, struct iovec *parts)
{
	int count = 0;
	while (count < MAX_PARTS && (uint32_t)count < flow->count) {
		struct packet *packet = &flow->queue[(flow->head + (uint32_t)count) % QUEUE_PACKETS];
		if (packet->arrival_ns - TICK_NS / 2 > now)
			break;
		parts[count].iov_base = packet->bytes + packet->sent;
		parts[count].iov_len = packet->size - packet->sent;
		count++;
	}
	return count;
}

static void flow_consume(struct flow *flow, size_t size)
{
	while (size > 0) {
		struct packet *packet = &flow->queue[flow->head];
		size_t left = packet->size - packet->sent;
		size_t taken = left < size ? left : size;
		packet->sent += (uint32_t)taken;
		size -= taken;
		if (packet->sent == packet->size) {
			flow->head = (flow->head + 1) % QUEUE_PACKETS;
			flow->count--;
		}
	}
}

/* Returns false if the connection broke. */
static bool flow_write(struct connection *connection, int side, uint64_t now)
{
	struct flow *flow = &connection->flow[side];
	int to = connection->fd[1 - side];
	struct iovec parts[MAX_PARTS];
	struct msghdr message = {.msg_iov = parts};

	flow->blocked = false;
	message.msg_iovlen = (size_t)flow_collect(flow, now, parts);
	if (message.msg_iovlen > 0) {
		ssize_t size = sendmsg(to, &message, MSG_NOSIGNAL);
		if (size < 0) {
			flow->blocked = errno == EAGAIN;
			return errno == EAGAIN || errno == EINTR;
		}
		flow_consume(flow, (size_t)size);
	}
	if (flow->ended && flow->count == 0 && !flow->finished) {
		shutdown(to, SHUT_WR);
		flow->finished = true;
	}
	return true;
}

static bool connection_serve(struct relay *relay, struct connection *connection,
                             const struct pollfd *polled, uint64_t now)
{
	if (connection->link->silent)
		return true;
	if ((polled[0].revents | polled[1].revents) & (POLLERR | POLLNVAL))
		return false;
	if (connection->connecting && (polled[1].revents & POLLOUT))
		connection->connecting = false;
	for (int side = 0; side < 2; side++) {
		if ((polled[side].revents & (POLLIN | POLLHUP)) && !flow_read(relay, connection, side, now))
			return false;
		if ((side == 1 || !connection->connecting) && !flow_write(connection, side, now))
			return false;
	}
	return !(connection->flow[0].finished && connection->flow[1].finished);
}

/* When the first packet's nearest tick comes. */
static uint64_t flow_write_at(const struct flow *flow)
{
	return flow->count > 0 ? flow->queue[flow->head].arrival_ns - TICK_NS / 2 : NEVER;
}

/* Fill in what to poll for; lower *wake_ns to when time alone will matter. */
static void connection_poll(const struct connection *connection, struct pollfd *polled,
                            uint64_t now, uint64_t *wake_ns)
{
	for (int side = 0; side < 2; side++) {
		const struct flow *flow = &connection->flow[side];
		uint64_t read_at = flow_read_at(connection, side);
		uint64_t write_at = flow_write_at(flow);
		bool held =
		    flow->blocked || (side == 0 && connection->connecting) || connection->link->silent;

		polled[side].fd = connection->fd[side];
		polled[side].events = 0;
		if (read_at <= now)
			polled[side].events |= POLLIN;
		else if (read_at < *wake_ns)
			*wake_ns = read_at;
		if (!held && write_at < *wake_ns)
			*wake_ns = write_at;
	}
	if (connection->flow[0].blocked || connection->connecting)
		polled[1].events |= POLLOUT;
	if (connection->flow[1].blocked)
		polled[0].events |= POLLOUT;
	/* A closed half would report POLLHUP for ever: stop watching it. */
	for (int side = 0; side < 2; side++)
		if (polled[side].events == 0)
			polled[side].fd = -1;
}

static void wait_for_events(struct pollfd *polled, nfds_t count, uint64_t now, uint64_t wake_ns)
{
	struct timespec timeout;
	uint64_t wait_ns;

	if (wake_ns == NEVER) {
		poll(polled, count, 1000);
		return;
	}
	wake_ns = (wake_ns + TICK_NS - 1) / TICK_NS * TICK_NS;
	wait_ns = wake_ns > now ? wake_ns - now : 0;
	timeout.tv_sec = (time_t)(wait_ns / 1000000000ULL);
	timeout.tv_nsec = (long)(wait_ns % 1000000000ULL);
	ppoll(polled, count, &timeout, NULL);
}

static void relay_run(struct relay *relay)
{
	static struct pollfd polled[MAX_LINKS + 2 * MAX_CONNECTIONS];
	while (!stopping) {
		uint64_t now = now_ns();
		if (silencing)
			relay->links[0].silent = true;
		uint64_t wake_ns = NEVER;
		struct pollfd *of_connections = polled + relay->link_count;

		for (uint32_t i = 0; i < relay->link_count; i++)
			polled[i] = (struct pollfd){.fd = relay->links[i].listener, .events = POLLIN};
		for (uint32_t i = 0; i < relay->connection_count; i++)
			connection_poll(&relay->connections[i], of_connections + 2 * i, now, &wake_ns);
		wait_for_events(polled, relay->link_count + 2 * relay->connection_count, now, wake_ns);

		now = now_ns();
		/* Downwards, because closing one moves the last into its place. */
		for (uint32_t i = relay->connection_count; i-- > 0;)
			if (!connection_serve(relay, &relay->connections[i], of_connections + 2 * i, now))
				connection_close(relay, i);
		for (uint32_t i = 0; i < relay->link_count; i++)
			if (polled[i].revents & POLLIN)
				link_accept(relay, &relay->links[i]);
	}
}

static bool parse_address(const char *text, size_t length, struct sockaddr_in *out_address)
{
	char copy[64];
	char *colon;

	if (length >= sizeof(copy))
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	colon = strchr(copy, ':');
	if (!colon)
		return false;
	*colon = '\0';
	memset(out_address, 0, sizeof(*out_address));
	out_address->sin_family = AF_INET;
	out_address->sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	return inet_pton(AF_INET, copy, &out_address->sin_addr) == 1;
}

static bool parse_link(struct relay *relay, const char *text)
{
	const char *equals = strchr(text, '=');
	const char *rate = strchr(text, '@');
	struct link *link = &relay->links[relay->link_count];

	if (!equals || relay->link_count == MAX_LINKS)
		return false;
	relay->link_count++;
	link->ns_per_byte = rate ? 8000.0 / atof(rate + 1) : 0;
	if (!rate)
		rate = text + strlen(text);
	return parse_address(text, (size_t)(equals - text), &link->listen_address) &&
	       parse_address(equals + 1, (size_t)(rate - equals - 1), &link->target_address);
}

static bool parse_arguments(struct relay *relay, int count, char **arguments)
{
	double rtt_ms = 0;
	double mbit_per_s = 0;
	double queue_kib = 32;

	for (int i = 1; i < count; i++) {
		const char *name = arguments[i];
		if (strncmp(name, "--", 2) != 0) {
			if (!parse_link(relay, name))
				return false;
			continue;
		}
		if (++i == count)
			return false;
		if (strcmp(name, "--rtt-ms") == 0)
			rtt_ms = atof(arguments[i]);
		else if (strcmp(name, "--mbit") == 0)
			mbit_per_s = atof(arguments[i]);
		else if (strcmp(name, "--queue-kib") == 0)
			queue_kib = atof(arguments[i]);
		else
			return false;
	}
	if (mbit_per_s <= 0 || rtt_ms < 0 || relay->link_count == 0)
		return false;
	relay->one_way_ns = (uint64_t)(rtt_ms / 2 * (double)NS_PER_MS);
	for (uint32_t i = 0; i < relay->link_count; i++) {
		struct link *link = &relay->links[i];
		if (link->ns_per_byte <= 0)
			link->ns_per_byte = 8000.0 / mbit_per_s;
		link->queue_ns = (uint64_t)(queue_kib * 1024 * link->ns_per_byte);
	}
	return true;
}

int main(int count, char **arguments)
{
	static struct relay relay;
	struct sigaction action = {.sa_handler = on_signal};

	if (!parse_arguments(&relay, count, arguments)) {
		fprintf(stderr, "usage: relay --rtt-ms MS --mbit MBIT_PER_S [--queue-kib KIB] "
		                "LISTEN=TARGET[@MBIT] ...\n");
		return 2;
	}
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	prctl(PR_SET_TIMERSLACK, 1UL);
	for (uint32_t i = 0; i < relay.link_count; i++)
		link_listen(&relay.links[i]);
	printf("ready\n");
	fflush(stdout);
	relay_run(&relay);
	return 0;
}
