/**
 * store/redis_link.h - one connection to a Redis server.  The only hiredis user.
 *
 * hiredis writes the commands and reads the answers; the socket is ours, because a
 * timeout here is for the whole of what is done, however slowly bytes drip, and because
 * hiredis lets a closed connection raise SIGPIPE.
 *
 * Threads: one at a time.
 */
#ifndef TSI_STORE_REDIS_LINK_H
#define TSI_STORE_REDIS_LINK_H

#include <hiredis/hiredis.h>
#include <stddef.h>
#include <stdint.h>

#include "store/cache_url.h"

typedef struct tsi_redis_link tsi_redis_link;

/** Room for why a connection failed: a few words, nothing of them from a password. */
#define TSI_REDIS_WHY_BYTES 128

/**
 * Connect, log in, choose the database and see that the server serves.
 *
 * @param timeout_us  for all of it, but for looking up a name, which is the system's
 * @return 0; ENET (out_why says why), ENOMEM
 */
int tsi_redis_connect(const tsi_cache_url *url, int64_t timeout_us, tsi_redis_link **out_link,
                      char out_why[TSI_REDIS_WHY_BYTES]);
void tsi_redis_disconnect(tsi_redis_link *link);

typedef struct tsi_redis_command {
	int argc;
	const char **argv;
	const size_t *lengths;
	size_t max_reply_bytes; /**< a longer answer is a failure */
	int64_t timeout_us;
} tsi_redis_command;

/**
 * Ask and wait for the answer.
 *
 * @param out_reply  freeReplyObject() it; may be an error of the server's
 * @return 0; ENET: out_why says why, the connection is of no use any more; ENOMEM: the same
 */
int tsi_redis_ask(tsi_redis_link *link, const tsi_redis_command *command, redisReply **out_reply,
                  char out_why[TSI_REDIS_WHY_BYTES]);

/** An error by its first word, "WRONGPASS": what follows may repeat what was sent. */
void tsi_redis_describe_error(const redisReply *reply, char out_why[TSI_REDIS_WHY_BYTES]);

#endif
