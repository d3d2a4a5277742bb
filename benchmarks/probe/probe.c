/*
 * probe - one measured HTTP request, its body compared with the original.
 *
 *   probe get     --port N --path P --expect FILE [--range 5-] [--length N]
 *                 [--since NS] [--repeat N] [--timeout-s N]
 *   probe latency --port N --path P --expect FILE --count N
 *
 * get prints one JSON line: status, first_byte_ms, total_ms, body_bytes, correct.
 * Times count from just before the request is sent, on an open connection, or from
 * --since (a CLOCK_MONOTONIC reading in ns, for measuring a process from its start).
 * --length closes the connection after so many bytes, as a player that seeks does.
 * --repeat asks again on the same connection; bytes and times are sums.
 */
#include "http.h"
#include "original.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_BYTES (256u * 1024u) /* stays in the second-level cache */
#define LATENCY_RANGE_BYTES 1024u
#define MAX_COUNT 100000u

struct options {
	const char *host;
	const char *path;
	const char *expect;
	const char *range;
	uint16_t port;
	uint64_t length;
	uint64_t since_ns;
	uint64_t timeout_s;
	uint64_t repeat;
	uint64_t count;
};

struct outcome {
	int status;
	double first_byte_ms;
	double total_ms;
	uint64_t body_bytes;
	bool correct;
	const char *error;
};

static double ms_since(uint64_t start_ns)
{
	return (double)(monotonic_ns() - start_ns) / 1e6;
}

/* Read and compare one body.  Fills in all but total_ms. */
static void read_body(struct http *http, const struct options *options,
                      const struct original *original, uint64_t start_ns, struct outcome *out)
{
	static uint8_t buffer[BUFFER_BYTES];
	uint64_t offset = options->range ? strtoull(options->range, NULL, 10) : 0;
	uint64_t wanted = http->body_bytes;
	uint64_t got = 0;

	if (options->length > 0 && options->length < wanted)
		wanted = options->length;
	while (got < wanted) {
		size_t room = wanted - got < sizeof(buffer) ? (size_t)(wanted - got) : sizeof(buffer);
		int64_t size = http_read_body(http, buffer, room);
		if (size <= 0) {
			out->error = "the body ended early";
			return;
		}
		if (out->first_byte_ms < 0)
			out->first_byte_ms = ms_since(start_ns);
		if (!original_has(original, offset + got, buffer, (size_t)size)) {
			out->error = "the body differs from the original";
			return;
		}
		got += (uint64_t)size;
		out->body_bytes += (uint64_t)size;
	}
	out->correct = true;
}

static void request_once(struct http *http, const struct options *options,
                         const struct original *original, struct outcome *out)
{
	uint64_t start_ns = options->since_ns ? options->since_ns : monotonic_ns();
	out->correct = false;
	if (!http_get(http, options->path, options->range) || !http_read_head(http)) {
		out->error = "no answer";
		return;
	}
	out->status = http->status;
	if (http->status != (options->range ? 206 : 200)) {
		out->error = "unexpected status";
		return;
	}
	read_body(http, options, original, start_ns, out);
	out->total_ms += ms_since(start_ns);
}

static uint64_t deadline_of(const struct options *options)
{
	return monotonic_ns() + options->timeout_s * 1000000000ULL;
}

static int run_get(const struct options *options, const struct original *original)
{
	static struct http http;
	struct outcome out = {.first_byte_ms = -1};

	if (!http_connect(&http, options->host, options->port, deadline_of(options)))
		out.error = "cannot connect";
	for (uint64_t i = 0; i < options->repeat && !out.error; i++)
		request_once(&http, options, original, &out);
	http_close(&http);
	printf("{\"status\": %d, \"first_byte_ms\": %.3f, \"total_ms\": %.3f, "
	       "\"body_bytes\": %llu, \"correct\": %s, \"error\": \"%s\"}\n",
	       out.status, out.first_byte_ms, out.total_ms, (unsigned long long)out.body_bytes,
	       out.correct && !out.error ? "true" : "false", out.error ? out.error : "");
	return 0;
}

static int compare_doubles(const void *left, const void *right)
{
	double a = *(const double *)left;
	double b = *(const double *)right;
	return (a > b) - (a < b);
}

static int run_latency(const struct options *options, const struct original *original)
{
	static struct http http;
	struct options one = *options;
	double *times_ms = calloc(options->count, sizeof(*times_ms));
	uint64_t state = 88172645463325252ULL;
	const char *error = NULL;

	if (!times_ms || !http_connect(&http, options->host, options->port, deadline_of(options)))
		return 1;
	for (uint64_t i = 0; i < options->count && !error; i++) {
		struct outcome out = {.first_byte_ms = -1};
		char range[64];
		uint64_t start;
		/* xorshift64: places without a pattern, the same ones each run */
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		start = state % (original->size - LATENCY_RANGE_BYTES);
		snprintf(range, sizeof(range), "%llu-%llu", (unsigned long long)start,
		         (unsigned long long)(start + LATENCY_RANGE_BYTES - 1));
		one.range = range;
		request_once(&http, &one, original, &out);
		times_ms[i] = out.first_byte_ms;
		error = out.error;
	}
	http_close(&http);
	qsort(times_ms, options->count, sizeof(*times_ms), compare_doubles);
	printf("{\"count\": %llu, \"p50_ms\": %.4f, \"p95_ms\": %.4f, \"p99_ms\": %.4f, "
	       "\"correct\": %s, \"error\": \"%s\"}\n",
	       (unsigned long long)options->count, times_ms[options->count / 2],
	       times_ms[options->count * 95 / 100], times_ms[options->count * 99 / 100],
	       error ? "false" : "true", error ? error : "");
	free(times_ms);
	return 0;
}

static bool parse_option(struct options *options, const char *name, const char *value)
{
	if (strcmp(name, "--host") == 0)
		options->host = value;
	else if (strcmp(name, "--path") == 0)
		options->path = value;
	else if (strcmp(name, "--expect") == 0)
		options->expect = value;
	else if (strcmp(name, "--range") == 0)
		options->range = value;
	else if (strcmp(name, "--port") == 0)
		options->port = (uint16_t)strtoul(value, NULL, 10);
	else if (strcmp(name, "--length") == 0)
		options->length = strtoull(value, NULL, 10);
	else if (strcmp(name, "--since") == 0)
		options->since_ns = strtoull(value, NULL, 10);
	else if (strcmp(name, "--timeout-s") == 0)
		options->timeout_s = strtoull(value, NULL, 10);
	else if (strcmp(name, "--repeat") == 0)
		options->repeat = strtoull(value, NULL, 10);
	else if (strcmp(name, "--count") == 0)
		options->count = strtoull(value, NULL, 10);
	else
		return false;
	return true;
}

int main(int count, char **arguments)
{
	struct options options = {
	    .host = "127.0.0.1", .path = "/", .timeout_s = 60, .repeat = 1, .count = 1000};
	struct original original = {0};
	bool good = count >= 2 && count % 2 == 0;

	for (int i = 2; good && i + 1 < count; i += 2)
		good = parse_option(&options, arguments[i], arguments[i + 1]);
	if (!good || !options.expect || options.count == 0 || options.count > MAX_COUNT) {
		fprintf(stderr, "usage: probe get|latency --port N --path P --expect FILE ...\n");
		return 2;
	}
	if (!original_open(&original, options.expect)) {
		perror(options.expect);
		return 1;
	}
	return strcmp(arguments[1], "latency") == 0 ? run_latency(&options, &original)
	                                            : run_get(&options, &original);
}
