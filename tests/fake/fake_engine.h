/**
 * fake/fake_engine.h - an engine that does what a test says, when the test says it.
 *
 * No sockets, no threads, no clock.  Facts (metadata, ready, a piece, an error) come when
 * the test delivers them, on the thread that delivers them; wishes (plans, evictions,
 * retries) are written down for the test to look at.
 *
 * What it guarantees, as the real one does: a corrupt delivery never becomes a piece, no
 * event comes after remove, and read gives the torrent's own bytes or an error.
 */
#ifndef TEST_FAKE_ENGINE_H
#define TEST_FAKE_ENGINE_H

#include <tstream/tstream.h>

#include "engine/engine.h"

typedef struct fake_file {
	const char *path;
	uint64_t size;
	bool is_pad;
} fake_file;

/** What a torrent is.  Must outlive the session. */
typedef struct fake_content {
	tsi_infohash infohash;
	const char *name;
	uint32_t piece_size;
	uint32_t file_count;
	const fake_file *files;
	bool is_private;
} fake_content;

/** The "bytes of a .torrent file" that parse understands: this struct itself. */
typedef struct fake_torrent_file {
	char magic[8]; /**< FAKE_MAGIC */
	const fake_content *content;
} fake_torrent_file;

#define FAKE_MAGIC "torrent"

/* What torrent_file gives, and parse takes as well, is bencoded: the struct in the place of the
 * info dictionary, and a tracker that knows its user by a key. */
#define FAKE_PRIVATE_HEAD "d8:announce37:https://tracker.example/passkey/annou"
#define FAKE_INFO "4:info16:"

extern const tsi_engine_ops fake_engine_ops;
/** Its open answers EACCES. */
extern const tsi_engine_ops fake_engine_ops_refusing;

uint64_t fake_content_bytes(const fake_content *content);
uint32_t fake_content_piece_count(const fake_content *content);
/** The byte at this place of the piece space. */
uint8_t fake_engine_byte(uint64_t position);
/** Where a file begins in the piece space. */
uint64_t fake_content_file_offset(const fake_content *content, uint32_t file_index);

/** @name One session's engine
 *  @{ */
/** From now on torrents of this content are ready, with nothing here, when added.
 *  NULL: the test delivers. */
void fake_engine_be_eager(tsi_engine *engine, const fake_content *content);
/** What the next add answers. */
void fake_engine_refuse_add(tsi_engine *engine, int code);
void fake_engine_warn(tsi_engine *engine, const char *message);
/** How many torrents are in it now. */
unsigned fake_engine_torrent_count(tsi_engine *engine);
/** @} */

/** @name Facts about one torrent
 *  @{ */
/** @return false if memory ran out before anything was told */
bool fake_engine_deliver_metadata(tsi_engine_torrent *torrent, const fake_content *content);
void fake_engine_deliver_checking(tsi_engine_torrent *torrent);
/** As many pieces from the first on are here. */
void fake_engine_deliver_ready(tsi_engine_torrent *torrent, uint32_t here_count);
/** What is here by what was delivered and evicted so far: as after a check. */
void fake_engine_deliver_recheck(tsi_engine_torrent *torrent);
void fake_engine_deliver(tsi_engine_torrent *torrent, uint32_t piece);
/** Data that fails its hash: nothing is told. */
void fake_engine_deliver_corrupt(tsi_engine_torrent *torrent, uint32_t piece);
void fake_engine_deliver_error(tsi_engine_torrent *torrent, int code, const char *message);
void fake_engine_deliver_resume_data(tsi_engine_torrent *torrent, const char *text);
/** The next reads answer EIO. */
void fake_engine_fail_reads(tsi_engine_torrent *torrent, unsigned count);
/** What get_torrent_stats gives from now on. */
void fake_engine_set_stats(tsi_engine_torrent *torrent, const tsi_engine_torrent_stats *stats);
/** @} */

/** What a torrent was asked to do. */
typedef struct fake_record {
	unsigned plan_count;    /**< plans set */
	unsigned merge_count;   /**< other sources of it */
	unsigned evict_count;   /**< evictions */
	unsigned evicted_count; /**< pieces that went */
	unsigned retry_count;
	unsigned corrupt_count;
	unsigned wild_read_count; /**< reads of what was never verified: must stay 0 */
	size_t tracker_count;     /**< of add, and of each merge */
	size_t resume_size;       /**< given by add */
	char resume[64];          /**< its beginning */
	char peer[64];            /**< add_peer's last */
	char preferred[64];       /**< prefer_peer's last */
} fake_record;

fake_record fake_engine_record(tsi_engine_torrent *torrent);
/** @return the most urgent mention of this piece in the plan, or -1 */
int fake_engine_urgency(tsi_engine_torrent *torrent, uint32_t piece);
/** @return how many pieces the plan mentions */
uint32_t fake_engine_planned_count(tsi_engine_torrent *torrent);
bool fake_engine_was_evicted(tsi_engine_torrent *torrent, uint32_t piece);
/** Wait until so many evictions (or retries) were asked for.
 *  @return false if that takes longer than 10 s */
bool fake_engine_await_evictions(tsi_engine_torrent *torrent, unsigned count);
bool fake_engine_await_retries(tsi_engine_torrent *torrent, unsigned count);

#endif
