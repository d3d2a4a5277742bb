#include "search/web.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* What a request of ours waits for. */
typedef struct call {
	tsi_http_job *job;
	tsi_web_fn done;
} call;

void tsi_verdict_set(tsi_verdict *verdict, int status, const char *format, ...)
{
	va_list arguments;

	verdict->status = status;
	va_start(arguments, format);
	vsnprintf(verdict->message, sizeof(verdict->message), format, arguments);
	va_end(arguments);
}

static void judge_failure(const tsi_http_outcome *outcome, tsi_verdict *verdict)
{
	int status = TSTREAM_PROVIDER_NETWORK;

	if (outcome->code == TSTREAM_ETIMEDOUT)
		status = TSTREAM_PROVIDER_TIMEOUT;
	else if (outcome->code == TSTREAM_EREFUSED)
		status = TSTREAM_PROVIDER_REFUSED;
	else if (outcome->code == TSTREAM_EINVAL)
		status = TSTREAM_PROVIDER_PARSE;
	tsi_verdict_set(verdict, status, "%s", outcome->message);
}

void tsi_verdict_of_outcome(const tsi_http_outcome *outcome, tsi_verdict *out_verdict)
{
	long status = outcome->status;

	*out_verdict = (tsi_verdict){.status = TSTREAM_PROVIDER_OK};
	if (outcome->retry_after_us > 0)
		out_verdict->retry_after_us = outcome->retry_after_us;
	if (outcome->code != TSTREAM_OK)
		judge_failure(outcome, out_verdict);
	else if (status == 401 || status == 403)
		tsi_verdict_set(out_verdict, TSTREAM_PROVIDER_AUTH,
		                "HTTP status %ld: it wants an API key, or another one.", status);
	else if (status == 429 || (status == 503 && outcome->retry_after_us > 0))
		tsi_verdict_set(out_verdict, TSTREAM_PROVIDER_THROTTLED,
		                "HTTP status %ld: it asks for a pause.", status);
	else if (status != 200)
		tsi_verdict_set(out_verdict, TSTREAM_PROVIDER_NETWORK, "HTTP status %ld.", status);
	/* Too early is not a question of the breaker's patience. */
	if (out_verdict->status != TSTREAM_PROVIDER_THROTTLED)
		out_verdict->retry_after_us = 0;
}

void tsi_web_finish(tstream_request *request, const tsi_verdict *verdict)
{
	tstream_request_finish(request, verdict->status, verdict->retry_after_us, verdict->message);
}

static void on_done(void *user, const tsi_http_outcome *outcome)
{
	tstream_request *request = user;
	call *own = request->state;

	own->job = NULL;
	own->done(request, outcome);
}

void tsi_web_get(tstream_request *request, const char *url, int64_t start_us, int64_t deadline_us,
                 size_t max_bytes, tsi_web_fn done)
{
	int64_t left_us = request->deadline_us - tsi_now_us();
	tsi_http_ask ask = {.url = url,
	                    .pinned_origin = request->provider->origin,
	                    .start_us = start_us,
	                    .deadline_us = deadline_us ? deadline_us : tsi_now_us() + left_us * 9 / 10,
	                    .max_body_bytes = max_bytes};
	tsi_verdict verdict = {.status = TSTREAM_PROVIDER_NETWORK};
	tstream_error err = {0};
	call *own = request->state ? request->state : calloc(1, sizeof(*own));

	request->state = own;
	if (own) {
		own->done = done;
		own->job = tsi_http_loop_get(request->search->loop, &ask, on_done, request, &err);
		if (own->job)
			return;
	}
	tsi_verdict_set(&verdict, TSTREAM_PROVIDER_NETWORK, "%s", own ? err.message : "Out of memory.");
	tsi_web_finish(request, &verdict);
}

void tsi_web_cancel(void *user, tstream_request *request)
{
	call *own = request->state;
	tsi_verdict verdict = {.status = TSTREAM_PROVIDER_CANCELLED};

	(void)user;
	if (request->is_reading)
		return;
	if (own && own->job)
		tsi_http_loop_cancel(request->search->loop, own->job);
	tsi_web_finish(request, &verdict);
}
