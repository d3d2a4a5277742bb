/**
 * base/log.h - the one global: where messages for people go.
 */
#ifndef TSI_BASE_LOG_H
#define TSI_BASE_LOG_H

#include <tstream/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Room names for TSTREAM_TRACE, one bit each. */
#define TSI_ROOM_API 1u
#define TSI_ROOM_STREAM 2u
#define TSI_ROOM_ENGINE 4u
#define TSI_ROOM_DISK 8u
#define TSI_ROOM_NET 16u

/** What tstream_set_log() does: NULL turns it off.  On return the old hook is not
 *  running and will not be called again. */
void tsi_log_set_hook(tstream_log_fn hook, void *user);

/** True if a trace of this room is wanted: ask before formatting. */
int tsi_log_traces(unsigned room);

/** Silent without a hook.  Cut at 1,023 bytes, between characters.  Never put a query
 *  string or a password in it. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void tsi_log(int level, const char *format, ...);

/** Fill @p err (which may be NULL) and give @p code back, so that a failure is one line.
 *  @p err must not be among the arguments to print. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
int tsi_fail(tstream_error *err, int code, const char *format, ...);

#ifdef __cplusplus
}
#endif
#endif
