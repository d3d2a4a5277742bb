#include "search/reading.h"

#include <stdlib.h>
#include <string.h>

#define MAX_SMALL_BYTES ((size_t)128 * 1024)
/* Of all that wait to be read.  Beyond it they are read at once, and others wait. */
#define MAX_WAITING_BYTES ((size_t)64 * 1024 * 1024)

struct tsi_reading {
	tstream_request *request;
	tsi_web_fn read;
	tsi_http_outcome outcome;
	char texts[]; /**< what the outcome's strings and its body are in */
};

/* @return where the copy is, or NULL as the text is */
static const char *put(char **end, const char *text, size_t size)
{
	char *at = *end;

	if (!text)
		return NULL;
	memcpy(at, text, size);
	at[size] = '\0';
	*end += size + 1;
	return at;
}

static size_t size_of(const char *text)
{
	return text ? strlen(text) : 0;
}

tsi_reading *tsi_reading_make(const tsi_http_outcome *outcome)
{
	size_t message_size = size_of(outcome->message);
	size_t type_size = size_of(outcome->content_type);
	size_t url_size = size_of(outcome->url);
	size_t size = message_size + type_size + url_size + outcome->body_size + 4;
	tsi_reading *reading = malloc(sizeof(*reading) + size);
	char *end;

	if (!reading)
		return NULL;
	end = reading->texts;
	reading->outcome = *outcome;
	reading->outcome.magnet = NULL; /* nothing to read in that */
	reading->outcome.message = put(&end, outcome->message, message_size);
	reading->outcome.content_type = put(&end, outcome->content_type, type_size);
	reading->outcome.url = put(&end, outcome->url, url_size);
	reading->outcome.body = put(&end, outcome->body, outcome->body_size);
	return reading;
}

static void run(tsi_reading *reading)
{
	tsi_verdict cancelled = {.status = TSTREAM_PROVIDER_CANCELLED};

	if (tstream_request_is_cancelled(reading->request))
		tsi_web_finish(reading->request, &cancelled);
	else
		reading->read(reading->request, &reading->outcome);
	free(reading);
}

static void run_elsewhere(void *work)
{
	tsi_reading *reading = work;
	size_t size = reading->outcome.body_size;
	tstream_search *search = reading->request->search;

	/* Now, for afterwards the search may be gone. */
	atomic_fetch_sub(&search->reading_bytes, size);
	run(reading);
}

/* @return false: it must be read here */
static bool post(tstream_search *search, tsi_reading *reading)
{
	size_t size = reading->outcome.body_size;

	if (size <= MAX_SMALL_BYTES || atomic_load(&search->reading_bytes) + size > MAX_WAITING_BYTES)
		return false;
	if (!search->reader)
		search->reader = tsi_worker_start();
	if (!search->reader)
		return false;
	atomic_fetch_add(&search->reading_bytes, size);
	if (tsi_worker_post(search->reader, run_elsewhere, reading) == TSTREAM_OK)
		return true;
	atomic_fetch_sub(&search->reading_bytes, size);
	return false;
}

void tsi_reading_start(tstream_request *request, tsi_reading *reading, tsi_web_fn read)
{
	tsi_verdict lost = {.status = TSTREAM_PROVIDER_NETWORK, .message = "Out of memory."};

	if (!reading) {
		tsi_web_finish(request, &lost);
		return;
	}
	reading->request = request;
	reading->read = read;
	request->is_reading = true;
	if (!post(request->search, reading))
		run(reading);
}
