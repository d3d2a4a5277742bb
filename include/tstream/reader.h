/**
 * tstream/reader.h - one file of a torrent, read as if it were on disk.
 *
 * A reader never calls you back.  When the bytes under the cursor are not here
 * yet, read answers TSTREAM_EAGAIN, and once another try is worthwhile the session
 * queues a TSTREAM_EVENT_READABLE with this reader's tag.  A thread that has nothing
 * else to do calls tstream_reader_wait() instead.
 *
 * Each reader has its own window of pieces that the engine fetches for it, from the
 * cursor onwards.  A seek moves only this reader's window.
 *
 * Threads    One reader, one thread at a time; distinct readers run in parallel.
 *            Only tstream_reader_cancel() and tstream_reader_get_stats() may come
 *            from any thread.
 * Ownership  open gives, close takes back.  A reader keeps its torrent alive.
 * Errors     >= 0 is success, < 0 a TSTREAM_E code; then out_ is untouched.
 */
#ifndef TSTREAM_READER_H
#define TSTREAM_READER_H

#include <tstream/base.h>
#include <tstream/session.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tstream_reader tstream_reader;

/** Start from TSTREAM_READER_OPTIONS_INIT, or call tstream_reader_options_init().
 *  Fields are only appended; 0 = default. */
typedef struct tstream_reader_options {
	uint32_t struct_size;     /**< sizeof, as your compiler saw it */
	uint32_t flags;           /**< none yet: must be 0 */
	uint64_t start_offset;    /**< where the cursor begins; at most the file's size */
	uint64_t end_offset;      /**< nothing is fetched or read beyond; 0: end of file */
	uint64_t readahead_bytes; /**< wanted beyond the cursor at least; default 32 MiB,
	                               more for readers that are measured to be quick */
	uint64_t tag;             /**< yours; comes back in this reader's events */
} tstream_reader_options;

#ifndef SWIG
#define TSTREAM_READER_OPTIONS_INIT                                                                \
	{                                                                                              \
		.struct_size = sizeof(tstream_reader_options)                                              \
	}
#endif

/** For callers that cannot see macros: defaults, struct_size set.  @since 0.1 */
TSTREAM_API void tstream_reader_options_init(tstream_reader_options *options);

/**
 * Open a file of a torrent whose metadata is known.  Fetching starts at once.
 *
 * @param file_index  0 to tstream_torrent_get_file_count() - 1
 * @param options     NULL for the defaults
 * @param out_reader  yours until tstream_reader_close()
 * @return 0; EAGAIN (no metadata yet), EINVAL, ENOENT (no such file), ELIMIT,
 *         ECANCELED (torrent removed), ENOMEM
 * @since 0.1
 */
TSTREAM_API int tstream_reader_open(tstream_torrent *torrent, uint32_t file_index,
                                    const tstream_reader_options *options,
                                    tstream_reader **out_reader, tstream_error *err);

/** Drop the window and free the reader.  NULL is fine.  @since 0.1 */
TSTREAM_API void tstream_reader_close(tstream_reader *reader);

/**
 * Copy at most @p size bytes and advance.  Never blocks on the network; bytes that
 * are here are read from the page cache or the disk.  Short counts are normal.
 * Every byte given has passed its hash check (BEP 3, BEP 52).
 *
 * @return bytes copied; 0 at the end of the file or of end_offset, or if size is 0;
 *         EAGAIN, ECANCELED, ENOSPC, EIO, ETIMEDOUT
 * @since 0.1
 */
TSTREAM_API int64_t tstream_reader_read(tstream_reader *reader, void *buffer, size_t size);

/** Block until read would not answer EAGAIN; for thread-per-request servers.
 *  @param timeout_us  0 polls, negative waits for ever
 *  @return 0, ETIMEDOUT, ECANCELED, ENOSPC, EIO
 *  @since 0.1 */
TSTREAM_API int tstream_reader_wait(tstream_reader *reader, int64_t timeout_us);

/** Move the cursor; the window follows at once.
 *  @param offset  from the start of the file, at most its size
 *  @return the offset; EINVAL, ECANCELED
 *  @since 0.1 */
TSTREAM_API int64_t tstream_reader_seek(tstream_reader *reader, uint64_t offset);

/** @return the cursor, in bytes from the start of the file.  @since 0.1 */
TSTREAM_API int64_t tstream_reader_tell(const tstream_reader *reader);

/** @return the file's size in bytes.  @since 0.1 */
TSTREAM_API int64_t tstream_reader_get_size(const tstream_reader *reader);

/** @return how many bytes from the cursor on could be read now without waiting,
 *          counted up to the window's end.  @since 0.1 */
TSTREAM_API int64_t tstream_reader_get_available(const tstream_reader *reader);

/** From now on read and wait answer ECANCELED.  Sticky; any thread.  @since 0.1 */
TSTREAM_API void tstream_reader_cancel(tstream_reader *reader);

/** A snapshot of a reader: where it is, and what it waits for. */
typedef struct tstream_reader_stats {
	uint32_t struct_size;      /**< set before the call */
	uint32_t file_index;       /**< which file of its torrent */
	uint64_t tag;              /**< from its options */
	uint64_t offset;           /**< the cursor */
	uint64_t window_begin;     /**< what the engine fetches for this reader now, */
	uint64_t window_end;       /**< as offsets in the file */
	uint64_t available_bytes;  /**< readable from the cursor without waiting */
	uint64_t read_bytes;       /**< given since open */
	uint64_t read_bytes_per_s; /**< measured over the last seconds */
	uint64_t stall_count;      /**< times a read or wait had to wait for the network */
	int64_t stall_us;          /**< time spent so, the present wait included */
	int64_t waiting_us;        /**< how long it has been waiting now; 0: it is not */
	uint32_t waiting_piece;    /**< what for, if waiting_us > 0 */
	uint32_t reserved;         /**< 0 */
} tstream_reader_stats;

#ifndef SWIG
#define TSTREAM_READER_STATS_INIT                                                                  \
	{                                                                                              \
		.struct_size = sizeof(tstream_reader_stats)                                                \
	}
#endif

/** @return 0, EINVAL.  Any thread.  @since 0.1 */
TSTREAM_API int tstream_reader_get_stats(const tstream_reader *reader,
                                         tstream_reader_stats *out_stats);

#ifdef __cplusplus
}
#endif
#endif
