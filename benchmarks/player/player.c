/*
 * player - people who watch one file at a constant rate, and how long they wait.
 *
 *   player --port N --path P --expect FILE --mbit 8 --start-s 2 --buffer-s 10 --play-s 60
 *          [--viewer OFFSET@MS]... [--seek S:OFFSET]... [--timeout-s N]
 *
 * A viewer begins at that offset of the file, so many milliseconds after the start.  Each
 * makes the seeks: after S seconds of play to OFFSET.  Prints one JSON line a viewer.
 */
#include "viewer.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#define MAX_VIEWERS 4096
#define TICK_MS 5
#define NS_PER_MS 1000000ULL

struct party {
	struct viewer_plan plan;
	struct viewer *viewers; /* MAX_VIEWERS */
	unsigned count;
	uint64_t *after_ms;
	double seek_at_s[PLAYBACK_MAX_SEEKS];
	double mbit;
	double start_s;
	double buffer_s;
	double play_s;
	uint64_t timeout_s;
};

static uint64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

/* Begin those whose time has come, let the others live on.  Gives how many are not gone. */
static unsigned tick(struct party *party, uint64_t start_ns, uint64_t now)
{
	unsigned here = 0;

	for (unsigned i = 0; i < party->count; i++) {
		struct viewer *viewer = &party->viewers[i];
		if (viewer->state == VIEWER_TO_COME) {
			here++;
			if (now >= start_ns + party->after_ms[i] * NS_PER_MS)
				viewer_begin(viewer, now);
		} else {
			here += viewer_tick(viewer, now);
		}
	}
	return here;
}

static void serve(struct party *party, struct pollfd *polled)
{
	for (unsigned i = 0; i < party->count; i++) {
		const short events = viewer_events(&party->viewers[i]);
		polled[i].fd = events ? party->viewers[i].fd : -1;
		polled[i].events = events;
	}
	if (poll(polled, party->count, TICK_MS) <= 0)
		return;
	for (unsigned i = 0; i < party->count; i++)
		if (polled[i].fd >= 0 && polled[i].revents)
			viewer_serve(&party->viewers[i], now_ns());
}

static void watch(struct party *party)
{
	struct pollfd *polled = calloc(party->count, sizeof(*polled));
	const uint64_t start_ns = now_ns();
	const uint64_t end_ns = start_ns + party->timeout_s * 1000 * NS_PER_MS;

	while (polled && tick(party, start_ns, now_ns()) > 0 && now_ns() < end_ns)
		serve(party, polled);
	for (unsigned i = 0; i < party->count; i++)
		if (party->viewers[i].state != VIEWER_GONE)
			viewer_end(&party->viewers[i], "not done in time");
	free(polled);
}

static void print_viewer(const struct viewer *viewer)
{
	const struct playback *playback = &viewer->playback;

	printf("{\"first_byte_ms\": %.3f, \"start_ms\": %.3f, \"stalls\": %u, \"stall_ms\": %.3f, "
	       "\"seek_ms\": [",
	       viewer->first_byte_ms, playback->start_ms, playback->stalls, playback->stall_ms);
	for (unsigned i = 0; i < playback->seeks; i++)
		printf("%s%.3f", i > 0 ? ", " : "", playback->seek_ms[i]);
	printf("], \"body_bytes\": %llu, \"correct\": %s, \"error\": \"%s\"}\n",
	       (unsigned long long)viewer->received, viewer->error ? "false" : "true",
	       viewer->error ? viewer->error : "");
}

static bool add_viewer(struct party *party, const char *value)
{
	const char *at = strchr(value, '@');

	if (party->count == MAX_VIEWERS || !at)
		return false;
	party->after_ms[party->count] = strtoull(at + 1, NULL, 10);
	party->viewers[party->count].offset = strtoull(value, NULL, 10);
	party->count++;
	return true;
}

static bool add_seek(struct party *party, const char *value)
{
	const char *colon = strchr(value, ':');
	struct playback_rules *rules = &party->plan.rules;

	if (rules->seek_count == PLAYBACK_MAX_SEEKS || !colon)
		return false;
	party->seek_at_s[rules->seek_count] = strtod(value, NULL);
	party->plan.seek_to[rules->seek_count++] = strtoull(colon + 1, NULL, 10);
	return true;
}

static bool parse_number(struct party *party, const char *name, const char *value)
{
	if (strcmp(name, "--port") == 0)
		party->plan.server.sin_port = htons((uint16_t)strtoul(value, NULL, 10));
	else if (strcmp(name, "--mbit") == 0)
		party->mbit = strtod(value, NULL);
	else if (strcmp(name, "--start-s") == 0)
		party->start_s = strtod(value, NULL);
	else if (strcmp(name, "--buffer-s") == 0)
		party->buffer_s = strtod(value, NULL);
	else if (strcmp(name, "--play-s") == 0)
		party->play_s = strtod(value, NULL);
	else if (strcmp(name, "--timeout-s") == 0)
		party->timeout_s = strtoull(value, NULL, 10);
	else
		return false;
	return true;
}

static bool parse(struct party *party, struct original *original, int count, char **arguments)
{
	for (int i = 1; i + 1 < count; i += 2) {
		const char *name = arguments[i];
		const char *value = arguments[i + 1];
		bool good = true;

		if (strcmp(name, "--path") == 0)
			party->plan.path = value;
		else if (strcmp(name, "--expect") == 0)
			good = original_open(original, value);
		else if (strcmp(name, "--viewer") == 0)
			good = add_viewer(party, value);
		else if (strcmp(name, "--seek") == 0)
			good = add_seek(party, value);
		else
			good = parse_number(party, name, value);
		if (!good)
			return false;
	}
	return count % 2 == 1 && party->plan.path && original->size > 0 && party->count > 0 &&
	       party->mbit > 0;
}

static void make_rules(struct party *party)
{
	struct playback_rules *rules = &party->plan.rules;

	rules->bytes_per_s = party->mbit * 1e6 / 8;
	rules->start_bytes = party->start_s * rules->bytes_per_s;
	rules->buffer_bytes = party->buffer_s * rules->bytes_per_s;
	rules->length_bytes = party->play_s * rules->bytes_per_s;
	for (unsigned i = 0; i < rules->seek_count; i++)
		rules->seek_at_bytes[i] = party->seek_at_s[i] * rules->bytes_per_s;
}

static void allow_many_sockets(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int main(int count, char **arguments)
{
	static struct party party = {.start_s = 2, .buffer_s = 10, .play_s = 60, .timeout_s = 600};
	static struct original original;

	party.viewers = calloc(MAX_VIEWERS, sizeof(*party.viewers));
	party.after_ms = calloc(MAX_VIEWERS, sizeof(*party.after_ms));
	party.plan.original = &original;
	party.plan.server =
	    (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	if (!party.viewers || !party.after_ms || !parse(&party, &original, count, arguments)) {
		fprintf(stderr, "usage: player --port N --path P --expect FILE --mbit N "
		                "--viewer OFFSET@MS...\n");
		return 2;
	}
	make_rules(&party);
	for (unsigned i = 0; i < party.count; i++) {
		party.viewers[i].plan = &party.plan;
		party.viewers[i].fd = -1;
		if (party.viewers[i].offset >= original.size)
			return 2;
	}
	allow_many_sockets();
	prctl(PR_SET_TIMERSLACK, 1UL);
	watch(&party);
	for (unsigned i = 0; i < party.count; i++)
		print_viewer(&party.viewers[i]);
	return 0;
}
