/**
 * tstream/base.h - what every other header needs: export, codes, errors, log.
 */
#ifndef TSTREAM_BASE_H
#define TSTREAM_BASE_H

#include <stddef.h>
#include <stdint.h>

#ifdef SWIG
#define TSTREAM_API
#elif defined(TSTREAM_STATIC)
#define TSTREAM_API
#elif defined(__GNUC__)
#define TSTREAM_API __attribute__((visibility("default")))
#else
#define TSTREAM_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** @name Codes
 *  Never renumbered.  0 is success; functions that count give the count.
 *  @since 0.1
 *  @{ */
#define TSTREAM_OK 0
#define TSTREAM_EINVAL (-1)     /**< an argument, a magnet or a .torrent that cannot be meant */
#define TSTREAM_ENOMEM (-2)     /**< out of memory */
#define TSTREAM_EAGAIN (-3)     /**< not yet: wait for the wakeup, then ask again */
#define TSTREAM_ETIMEDOUT (-4)  /**< the time you gave, or the limit you set, has passed */
#define TSTREAM_ECANCELED (-5)  /**< cancelled, closed or removed by you */
#define TSTREAM_EIO (-6)        /**< the disk said no */
#define TSTREAM_ENOENT (-7)     /**< no such torrent, file or directory */
#define TSTREAM_ENOSPC (-8)     /**< disk full, or over the quota with nothing left to evict */
#define TSTREAM_EACCES (-9)     /**< not permitted: data directory, address or port */
#define TSTREAM_EBUSY (-10)     /**< held by another process or session */
#define TSTREAM_ELIMIT (-11)    /**< one of the session's limits is reached */
#define TSTREAM_ENOTSUP (-12)   /**< this build, or this kind of torrent, cannot do it */
#define TSTREAM_ENET (-13)      /**< the network failed: name, connection, HTTP status */
#define TSTREAM_EREFUSED (-14)  /**< refused for safety: an address that must not be asked */
#define TSTREAM_EINTERNAL (-15) /**< a fault of the library; the message says where */
/** @} */

/** Room for one sentence in tstream_error.message, NUL included. */
#define TSTREAM_ERROR_MESSAGE_BYTES 256

/** What went wrong, for people: what, which, and what to do about it.
 *  Yours to declare; no initialisation is needed. */
typedef struct tstream_error {
	int32_t code;                              /**< a TSTREAM_E code, or 0 */
	char message[TSTREAM_ERROR_MESSAGE_BYTES]; /**< one sentence, UTF-8, never NULL */
} tstream_error;

/** @return the code's name and meaning in a few words; never NULL.
 *  @since 0.1 */
TSTREAM_API const char *tstream_strerror(int code);

/** Give back memory that a tstream_..._copy function gave you.  NULL is fine.
 *  @since 0.1 */
TSTREAM_API void tstream_free(void *memory);

/** @name Log
 *  Silent unless a hook is set.  TSTREAM_TRACE in the environment, a comma
 *  separated list of rooms (api, stream, engine, disk, net or all), adds a trace of
 *  those rooms at level TSTREAM_LOG_TRACE.
 *  @{ */
#define TSTREAM_LOG_ERROR 0
#define TSTREAM_LOG_WARNING 1
#define TSTREAM_LOG_INFO 2
#define TSTREAM_LOG_TRACE 3

/** Called from any thread, engine threads included: be quick, do not call the
 *  library, never throw.  @p message lives for the call. */
typedef void (*tstream_log_fn)(void *user, int level, const char *message);

/** One hook a process; NULL turns it off.  Set it before the first session.
 *  @since 0.1 */
TSTREAM_API void tstream_set_log(tstream_log_fn log, void *user);
/** @} */

#ifdef __cplusplus
}
#endif
#endif
