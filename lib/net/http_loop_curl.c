#include "net/http_loop.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/http_transfer.h"

#define US_PER_MS 1000
#define MAX_WAIT_US (60 * INT64_C(1000000))
#define MAX_CONNECTIONS 256L
#define MAX_CONNECTIONS_PER_HOST 64L

struct tsi_http_job {
	tsi_http_job *next;
	tsi_transfer transfer;
	char *url;
	char *pinned_origin;
	int64_t start_us;
	CURL *easy; /* NULL until start_us */
	tsi_http_done_fn done;
	void *user;
	bool is_over; /* freed at the end of run() */
};

struct tsi_http_loop {
	CURLM *multi;
	tsi_http_job *jobs;
};

tsi_http_loop *tsi_http_loop_open(void)
{
	tsi_http_loop *loop = calloc(1, sizeof(*loop));

	tsi_transfer_init_curl();
	if (!loop)
		return NULL;
	loop->multi = curl_multi_init();
	if (!loop->multi) {
		free(loop);
		return NULL;
	}
	/* One connection, one answer: a stream that hangs shares its fate with nobody. */
	curl_multi_setopt(loop->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
	curl_multi_setopt(loop->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, MAX_CONNECTIONS);
	curl_multi_setopt(loop->multi, CURLMOPT_MAX_HOST_CONNECTIONS, MAX_CONNECTIONS_PER_HOST);
	return loop;
}

static void drop_easy(tsi_http_loop *loop, tsi_http_job *job)
{
	if (!job->easy)
		return;
	curl_multi_remove_handle(loop->multi, job->easy);
	curl_easy_cleanup(job->easy);
	job->easy = NULL;
}

static void free_job(tsi_http_loop *loop, tsi_http_job *job)
{
	drop_easy(loop, job);
	tsi_transfer_clear(&job->transfer);
	free(job->url);
	free(job->pinned_origin);
	free(job);
}

void tsi_http_loop_close(tsi_http_loop *loop)
{
	tsi_http_job *next;

	for (tsi_http_job *job = loop->jobs; job; job = next) {
		next = job->next;
		free_job(loop, job);
	}
	curl_multi_cleanup(loop->multi);
	free(loop);
}

static int fill(tsi_http_job *job, const tsi_http_ask *ask, tstream_error *err)
{
	tsi_transfer_ask transfer = {.takes_any_status = true,
	                             .max_body_bytes = ask->max_body_bytes,
	                             .deadline_us = ask->deadline_us};

	job->url = strdup(ask->url);
	job->pinned_origin = strdup(ask->pinned_origin);
	if (!job->url || !job->pinned_origin)
		return tsi_fail(err, TSTREAM_ENOMEM, "Out of memory.");
	transfer.url = job->url;
	transfer.pinned_origin = job->pinned_origin;
	return tsi_transfer_begin(&job->transfer, &transfer, err);
}

tsi_http_job *tsi_http_loop_get(tsi_http_loop *loop, const tsi_http_ask *ask, tsi_http_done_fn done,
                                void *user, tstream_error *err)
{
	tsi_http_job *job = calloc(1, sizeof(*job));

	if (!job) {
		tsi_fail(err, TSTREAM_ENOMEM, "Out of memory.");
		return NULL;
	}
	job->start_us = ask->start_us;
	job->done = done;
	job->user = user;
	if (fill(job, ask, err) != TSTREAM_OK) {
		free_job(loop, job);
		return NULL;
	}
	job->next = loop->jobs;
	loop->jobs = job;
	return job;
}

void tsi_http_loop_cancel(tsi_http_loop *loop, tsi_http_job *job)
{
	drop_easy(loop, job);
	job->is_over = true;
}

static void finish(tsi_http_loop *loop, tsi_http_job *job, const tstream_error *err)
{
	const tsi_transfer *transfer = &job->transfer;
	tsi_http_outcome outcome = {.code = err->code,
	                            .message = err->message,
	                            .status = transfer->status,
	                            .retry_after_us = transfer->retry_after_us,
	                            .content_type = transfer->content_type,
	                            .body = (const char *)transfer->body,
	                            .body_size = transfer->body_size};
	char *url = NULL;

	if (err->code == TSTREAM_OK && tsi_transfer_is_magnet(transfer))
		outcome.magnet = transfer->location;
	if (curl_url_get(transfer->url, CURLUPART_URL, &url, 0) == CURLUE_OK)
		outcome.url = url;
	drop_easy(loop, job);
	job->is_over = true;
	job->done(job->user, &outcome);
	curl_free(url);
}

static void begin_hop(tsi_http_loop *loop, tsi_http_job *job)
{
	tstream_error err = {0};

	job->easy = tsi_transfer_hop(&job->transfer, &err);
	if (job->easy && curl_easy_setopt(job->easy, CURLOPT_PRIVATE, job) == CURLE_OK &&
	    curl_multi_add_handle(loop->multi, job->easy) == CURLM_OK)
		return;
	if (err.code == TSTREAM_OK)
		tsi_fail(&err, TSTREAM_ENOMEM, "Out of memory.");
	finish(loop, job, &err);
}

static void end_hop(tsi_http_loop *loop, tsi_http_job *job, CURLcode result)
{
	tstream_error err = {0};
	int code = tsi_transfer_end_hop(&job->transfer, job->easy, result, &err);

	drop_easy(loop, job);
	if (code == 0)
		begin_hop(loop, job);
	else
		finish(loop, job, &err);
}

/* Those whose time has come.  @return when the next one's will */
static int64_t start_jobs(tsi_http_loop *loop, int64_t now_us)
{
	int64_t next_us = INT64_MAX;

	for (tsi_http_job *job = loop->jobs; job; job = job->next) {
		if (job->is_over || job->easy)
			continue;
		if (job->start_us <= now_us)
			begin_hop(loop, job);
		else if (job->start_us < next_us)
			next_us = job->start_us;
	}
	return next_us;
}

static void sweep(tsi_http_loop *loop)
{
	tsi_http_job **link = &loop->jobs;

	while (*link) {
		tsi_http_job *job = *link;

		if (!job->is_over) {
			link = &job->next;
			continue;
		}
		*link = job->next;
		free_job(loop, job);
	}
}

static void read_messages(tsi_http_loop *loop)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(loop->multi, &left)) != NULL) {
		CURLcode result = message->data.result;
		tsi_http_job *job = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&job);
		end_hop(loop, job, result);
	}
}

void tsi_http_loop_run(tsi_http_loop *loop, int64_t until_us)
{
	int64_t now_us = tsi_now_us();
	int64_t next_us;
	int running = 0;
	int64_t wait_us;

	start_jobs(loop, now_us);
	curl_multi_perform(loop->multi, &running);
	read_messages(loop);
	sweep(loop);
	/* An answer that was here already may have led to another question. */
	next_us = start_jobs(loop, now_us);
	wait_us = (until_us < next_us ? until_us : next_us) - now_us;
	if (wait_us > MAX_WAIT_US)
		wait_us = MAX_WAIT_US;
	if (wait_us > 0)
		curl_multi_poll(loop->multi, NULL, 0, (int)((wait_us + US_PER_MS - 1) / US_PER_MS), NULL);
	curl_multi_perform(loop->multi, &running);
	read_messages(loop);
	sweep(loop);
}

void tsi_http_loop_wake(tsi_http_loop *loop)
{
	curl_multi_wakeup(loop->multi);
}
