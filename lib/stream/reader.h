/**
 * stream/reader.h - a cursor in a file, its window, and who waits at it.
 */
#ifndef TSI_STREAM_READER_H
#define TSI_STREAM_READER_H

#include <tstream/reader.h>

#include "stream/torrent.h"

struct tstream_reader {
	tstream_torrent *torrent; /**< one reference; its mutex guards the rest */
	tstream_reader *next;
	uint32_t file_index;
	uint64_t end; /**< in the file */
	uint64_t readahead_bytes;
	uint64_t tag;
	pthread_cond_t readable;
	uint64_t offset;
	bool is_canceled;
	bool is_armed; /**< answered EAGAIN: an event is due when that changes */

	uint64_t read_bytes;
	uint64_t rate_bytes_per_s;
	uint64_t sample_bytes; /**< since sample_us */
	int64_t sample_us;
	uint64_t stall_count;
	int64_t stall_us;    /**< of stalls that are over */
	int64_t stalled_us;  /**< when the present one began; 0: there is none */
	uint64_t window_end; /**< in the file, as planned last */
};

int tsi_reader_open(tstream_torrent *torrent, uint32_t file_index,
                    const tstream_reader_options *options, tstream_reader **out_reader,
                    tstream_error *err);
void tsi_reader_close(tstream_reader *reader);
int64_t tsi_reader_read(tstream_reader *reader, void *buffer, size_t size);
int tsi_reader_wait(tstream_reader *reader, int64_t timeout_us);
int64_t tsi_reader_seek(tstream_reader *reader, uint64_t offset);
int64_t tsi_reader_available(const tstream_reader *reader);
void tsi_reader_cancel(tstream_reader *reader);

/** @name The torrent's mutex is held
 *  @{ */
void tsi_reader_describe(const tstream_reader *reader, tstream_reader_stats *out_stats);
/** Something changed: wake it if it can go on, or must give up. */
void tsi_reader_notify(tstream_reader *reader);
tsi_cursor tsi_reader_cursor(const tstream_reader *reader, int64_t now_us);
/** @} */

#endif
