/**
 * search/web.h - what the providers that ask over HTTP have in common.
 *
 * One GET at a time for a request; its outcome becomes a status and a sentence.  Everything
 * runs on the search's thread.
 */
#ifndef TSI_SEARCH_WEB_H
#define TSI_SEARCH_WEB_H

#include "search/search.h"

#define TSI_MAX_ANSWER_BYTES ((size_t)8 * 1024 * 1024)

/** A status with its sentence. */
typedef struct tsi_verdict {
	int status;
	int64_t retry_after_us;
	char message[TSTREAM_ERROR_MESSAGE_BYTES];
} tsi_verdict;

#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
void tsi_verdict_set(tsi_verdict *verdict, int status, const char *format, ...);

/** What HTTP alone says of an answer: OK means that its body is worth a look. */
void tsi_verdict_of_outcome(const tsi_http_outcome *outcome, tsi_verdict *out_verdict);

typedef void (*tsi_web_fn)(tstream_request *request, const tsi_http_outcome *outcome);

/** Ask @p url, on behalf of a request; on failure the request is finished.
 *  @param start_us     not before; 0: now
 *  @param deadline_us  0: a little before the request's own, so that what came of the answer
 *                      by then can still be used */
void tsi_web_get(tstream_request *request, const char *url, int64_t start_us, int64_t deadline_us,
                 size_t max_bytes, tsi_web_fn done);

/** Stop, and finish the request as cancelled; if its answer is being read that is done soon. */
void tsi_web_cancel(void *user, tstream_request *request);

/** Finish a request with a verdict. */
void tsi_web_finish(tstream_request *request, const tsi_verdict *verdict);

#endif
