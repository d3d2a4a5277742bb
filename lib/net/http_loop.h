/**
 * net/http_loop.h - many GETs at once on one thread: one libcurl multi handle.
 *
 * The thread that opened the loop is the only one that calls its functions, save wake().
 * Guards, redirects and bounds are those of http_transfer.h.  Without libcurl the loop only
 * waits, and get() says that it cannot.
 */
#ifndef TSI_NET_HTTP_LOOP_H
#define TSI_NET_HTTP_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tstream/base.h>

typedef struct tsi_http_loop tsi_http_loop;
typedef struct tsi_http_job tsi_http_job;

typedef struct tsi_http_ask {
	const char *url;           /**< copied */
	const char *pinned_origin; /**< as tsi_url_origin() gives; copied; "": public only */
	int64_t start_us;          /**< not before this tsi_now_us(); 0: now */
	int64_t deadline_us;       /**< tsi_now_us() */
	size_t max_body_bytes;
} tsi_http_ask;

/** How it ended.  Lent for the call. */
typedef struct tsi_http_outcome {
	int code;                 /**< 0: a whole answer; else body is what had come of it */
	const char *message;      /**< for people, if code is not 0; names no more than hosts */
	long status;              /**< HTTP's; 0: none came */
	int64_t retry_after_us;   /**< -1: not said */
	const char *content_type; /**< "" if not said */
	const char *url;          /**< it was at last asked of */
	const char *body;         /**< not NUL terminated; NULL if there is none */
	size_t body_size;
	const char *magnet; /**< if a redirect led to one; else NULL */
} tsi_http_outcome;

typedef void (*tsi_http_done_fn)(void *user, const tsi_http_outcome *outcome);

/** @return NULL if out of memory or file descriptors */
tsi_http_loop *tsi_http_loop_open(void);

/** What is under way is forgotten: done is not called. */
void tsi_http_loop_close(tsi_http_loop *loop);

/** Begin a GET.  @p done is called once, from run(), unless it is cancelled.
 *  @return NULL: then done was not and will not be called, and err says why: EINVAL, ENOMEM,
 *          ENOTSUP */
tsi_http_job *tsi_http_loop_get(tsi_http_loop *loop, const tsi_http_ask *ask, tsi_http_done_fn done,
                                void *user, tstream_error *err);

/** Forget it: done will not be called.  May be called from a done. */
void tsi_http_loop_cancel(tsi_http_loop *loop, tsi_http_job *job);

/** Wait until something happens, somebody wakes us, or it is @p until_us; and do it. */
void tsi_http_loop_run(tsi_http_loop *loop, int64_t until_us);

/** Let run() return.  From any thread. */
void tsi_http_loop_wake(tsi_http_loop *loop);

#endif
