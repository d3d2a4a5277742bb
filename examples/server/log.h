/* log.h - the server's log, on standard error: for people as text, for programs as one JSON
 * object a line.
 *
 * Addresses and magnets are cut down to what is no secret before they are written: see
 * log_redact().
 */
#ifndef SERVER_LOG_H
#define SERVER_LOG_H

#include "settings.h"

#include <stddef.h>
#include <stdint.h>

#define LOG_MESSAGE_BYTES 1024

struct log {
	enum log_level level;
	enum log_format format;
};

/* One line, unless the level is beyond what is wanted. */
void log_line(const struct log *log, enum log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* What whoever started the program waits for: as text, on standard output. */
void log_notice(const struct log *log, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Why the program ends.  As log_line(), but always. */
void log_failure(const struct log *log, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What was asked, and the answer. */
struct log_answer {
	const char *client;
	const char *method;
	const char *path; /* without the query: magnets and tokens are nobody's business */
	int status;
	int64_t duration_us;
};

/* At level info. */
void log_answer(const struct log *log, const struct log_answer *answer);

/* From now on this thread's lines are about that request; NULL: about none.  The string must live
 * until then. */
void log_set_request(const char *request_id);
const char *log_get_request(void);

/* Cut each URL to its scheme and host, and each magnet to "magnet:": trackers have passkeys in
 * their paths, indexers keys in their queries.  In place. */
void log_redact(char *message);

#endif
