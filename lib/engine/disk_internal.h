/**
 * engine/disk_internal.h - what the files of the disk layer share.
 *
 *   disk.c        blocks, hashes and reads: the functions of disk.h, and their jobs
 *   disk_bits.c   the same for pieces that come, go or are doubted
 *   disk_queue.c  workers, lanes, barriers
 *   disk_piece.c  piece buffers and back-pressure
 *   disk_store.c  open and close
 *   disk_judge.c  whether the have-bits found can be trusted; leaving them trustworthy
 *   disk_io.c     piece space <-> files: reading and writing
 *   disk_fd.c     the few files that are open
 *   disk_have.c   the file "have"
 *   disk_room.c   punching holes, measuring, deleting
 *
 * Who may touch what
 *   store.mutex     have, pieces, a piece's blocks and is_closed, the buffer of an open piece
 *   one worker      a closed piece's buffer: jobs of one piece never run side by side
 *   queue.mutex     lanes, held jobs, counts
 *   pool.mutex      spare buffers, waiting observers
 *   fds.mutex       slots, and store->files[].open
 * None is held across file I/O; the pool's may be taken with a store's held, else one at
 * a time.
 */
#ifndef TSI_ENGINE_DISK_INTERNAL_H
#define TSI_ENGINE_DISK_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "engine/disk.h"
#include "engine/disk_have.h"

#define TSI_DISK_BLOCK_BYTES 16384u
#define TSI_DISK_LANES 16u
#define TSI_DISK_MAX_WORKERS 16u
#define TSI_DISK_OPEN_FILES 64u
#define TSI_DISK_SPARE_BUFFERS 8u
#define TSI_DISK_BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"

/** @name Pieces in memory
 *  @{ */
typedef struct tsi_pool_observer {
	struct tsi_pool_observer *next;
	void (*drained)(void *user);
	void *user;
} tsi_pool_observer;

typedef struct tsi_pool {
	pthread_mutex_t mutex;
	size_t limit_bytes;
	size_t used_bytes; /**< buffers in pieces' hands */
	struct {
		uint8_t *buffer;
		size_t size;
	} spares[TSI_DISK_SPARE_BUFFERS];
	size_t spare_count;
	size_t spare_bytes;
	tsi_pool_observer *observers;
	atomic_size_t queued_bytes; /**< waiting for a worker to write them */
} tsi_pool;

void tsi_pool_init(tsi_pool *pool, size_t limit_bytes);
void tsi_pool_destroy(tsi_pool *pool);
/** @return NULL if that would exceed the limit, or if out of memory */
uint8_t *tsi_pool_take(tsi_pool *pool, size_t size);
void tsi_pool_give(tsi_pool *pool, uint8_t *buffer, size_t size);
/** These bytes now wait for a worker; undone by tsi_pool_written. */
void tsi_pool_queued(tsi_pool *pool, size_t bytes);
/** May run observers: call it without locks. */
void tsi_pool_written(tsi_pool *pool, size_t bytes);
/** @return true if the caller should stop feeding; then @p drained will run once */
bool tsi_pool_throttle(tsi_pool *pool, void (*drained)(void *user), void *user);

typedef struct tsi_piece {
	atomic_uint refs;
	tsi_pool *pool;
	uint8_t *buffer;        /**< NULL: its bytes are in the files */
	size_t capacity;        /**< of the buffer */
	uint32_t size;          /**< the last piece is shorter */
	bool is_spilled;        /**< never had a buffer */
	bool is_closed;         /**< handed to the workers: further blocks are ignored */
	atomic_int write_errno; /**< a spilled block could not be written */
	uint64_t blocks[];      /**< a bit for each block that is here */
} tsi_piece;

/** @return NULL if out of memory */
tsi_piece *tsi_piece_new(tsi_disk_store *store, uint32_t index);
void tsi_piece_unref(tsi_piece *piece);
/** The bytes are in the files now. */
void tsi_piece_release_buffer(tsi_piece *piece);

static inline tsi_piece *tsi_piece_ref(tsi_piece *piece)
{
	if (piece)
		atomic_fetch_add_explicit(&piece->refs, 1, memory_order_relaxed);
	return piece;
}

static inline bool tsi_piece_has(const tsi_piece *piece, uint32_t offset)
{
	uint32_t block = offset / TSI_DISK_BLOCK_BYTES;
	return (piece->blocks[block >> 6] >> (block & 63)) & 1;
}

static inline void tsi_piece_add(tsi_piece *piece, uint32_t offset)
{
	uint32_t block = offset / TSI_DISK_BLOCK_BYTES;
	piece->blocks[block >> 6] |= UINT64_C(1) << (block & 63);
}
/** @} */

/** @name Jobs
 *  Jobs of one piece run in the order queued, those of different pieces side by side;
 *  an urgent one runs before all that wait in lanes, and beside its piece's others.
 *  A barrier waits for all earlier jobs of its store and keeps all later ones waiting.
 *  @{ */
typedef struct tsi_disk_job {
	struct tsi_disk_job *next;
	void (*run)(struct tsi_disk_job *job);
	tsi_disk_store *store; /**< a reference */
	tsi_piece *piece;      /**< a reference, or NULL: not in memory */
	uint32_t index;        /**< of the piece */
	uint32_t offset;
	uint32_t size;
	bool is_barrier;
	bool is_urgent; /**< somebody waits, and it is quick */
	bool wants_v1;
	bool is_hopeless; /**< nothing was ever there */
	uint8_t *out_v2;
	uint8_t *bytes;       /**< owned: a block, one byte a piece, or a path */
	size_t charged_bytes; /**< what tsi_pool_queued was told */
	union {
		void (*plain)(void *user);
		tsi_disk_hashed_fn hashed;
		tsi_disk_hashed2_fn hashed2;
		tsi_disk_read_fn read;
		tsi_disk_entered_fn entered;
	} done;
	void *user;
} tsi_disk_job;

/** @return NULL if out of memory */
tsi_disk_job *tsi_disk_job_new(tsi_disk_store *store, void (*run)(tsi_disk_job *job), void *user);
/** The same, with the piece's buffer if it is in memory. */
tsi_disk_job *tsi_disk_piece_job_new(tsi_disk_store *store, uint32_t piece,
                                     void (*run)(tsi_disk_job *job), void *user);
/** Takes the job over. */
void tsi_disk_push(tsi_disk_job *job);
/** A job that only tells that it ran. */
void tsi_disk_run_plain(tsi_disk_job *job);
/** Take it out of the table of pieces in memory.  store->mutex is held. */
void tsi_disk_forget_piece(tsi_disk_store *store, uint32_t piece);

typedef struct tsi_job_list {
	tsi_disk_job *head;
	tsi_disk_job *tail;
} tsi_job_list;

typedef struct tsi_lane {
	tsi_job_list jobs;
	struct tsi_lane *next_ready;
	bool is_scheduled; /**< in the ready list, or one of its jobs is running */
} tsi_lane;

/** A store's part of the queue. */
typedef struct tsi_strand {
	tsi_lane lanes[TSI_DISK_LANES];
	tsi_job_list held;   /**< behind a barrier */
	size_t active_count; /**< in lanes or running */
	bool is_at_barrier;
} tsi_strand;

typedef struct tsi_queue {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	tsi_job_list urgent;
	tsi_lane *ready_head;
	tsi_lane *ready_tail;
	size_t job_count; /**< queued, held or running */
	bool is_stopping;
	unsigned started_count;
	unsigned ended_count;
	pthread_t workers[TSI_DISK_MAX_WORKERS];
} tsi_queue;

/** @return false if not even one thread can be had */
bool tsi_queue_start(tsi_queue *queue, unsigned worker_count);
/** Finishes what is queued.  Waits.  Jobs pushed later run on the pushing thread. */
void tsi_queue_stop(tsi_queue *queue);
void tsi_queue_destroy(tsi_queue *queue);
/** Takes the job over. */
void tsi_queue_push(tsi_queue *queue, tsi_disk_job *job);
/** @} */

/** @name Open files
 *  @{ */
struct tsi_store_file;

typedef struct tsi_open_file {
	atomic_uint refs; /**< the cache's and each user's */
	int fd;
	bool had_links; /**< some FUSE filesystems always say 0 links */
	uint64_t last_use;
	struct tsi_store_file *file;
} tsi_open_file;

typedef struct tsi_fds {
	pthread_mutex_t mutex;
	uint64_t use_count;
	tsi_open_file *slots[TSI_DISK_OPEN_FILES];
} tsi_fds;

void tsi_fds_init(tsi_fds *fds);
void tsi_fds_destroy(tsi_fds *fds);
/** @return 0 and a reference, or an errno: ENOENT if it is not there */
int tsi_fd_acquire(tsi_disk_store *store, uint32_t file_index, bool create,
                   tsi_open_file **out_file);
void tsi_fd_release(tsi_open_file *open_file);
/** The next acquire opens the file anew. */
void tsi_fd_forget(tsi_disk_store *store, uint32_t file_index);
void tsi_fd_forget_all(tsi_disk_store *store);
/** @} */

struct tsi_disk {
	atomic_uint refs; /**< the owner's and each store's */
	tsi_disk_hasher hasher;
	tsi_queue queue;
	tsi_pool pool;
	tsi_fds fds;
};

typedef struct tsi_store_file {
	uint64_t offset;
	uint64_t size;
	bool is_pad;
	atomic_bool is_present; /**< seen on disk, or made by us */
	/** It is at least this long, or somebody has cut it: from the first write on its whole
	 *  length, if the filesystem has holes and room for them. */
	_Atomic uint64_t least_size;
	atomic_bool is_dirty; /**< changed since the last sync */
	_Atomic uint64_t used_bytes;
	tsi_open_file *open;
} tsi_store_file;

struct tsi_disk_store {
	atomic_uint refs;
	tsi_disk *disk;
	int dir_fd;
	int data_fd;
	tsi_have *have_file;
	uint32_t piece_size;
	uint32_t piece_count;
	uint64_t total_bytes;
	uint32_t file_count;
	tsi_store_file *files;
	pthread_mutex_t mutex;
	uint8_t *have;      /**< one byte a piece */
	tsi_piece **pieces; /**< in memory, or on their way through the workers */
	tsi_strand strand;
	atomic_bool is_doubtful; /**< the bits must be checked */
	atomic_bool is_damaged;  /**< and reads refused until they are */
	_Atomic uint64_t used_bytes;
};

/** As tsi_disk_store_open, with another file to learn the boot from (for tests). */
tsi_disk_store *tsi_disk_store_open_booted(tsi_disk *disk, const char *dir,
                                           const tsi_disk_file *files, uint32_t file_count,
                                           uint32_t piece_size, uint32_t piece_count,
                                           const char *boot_id_path, tstream_error *err);
/** Open the directory of a store that is only made.  @return 0 or an errno */
int tsi_store_enter(tsi_disk_store *store, const char *dir, const char *boot_id_path);
/** @return the TSTREAM_E code for a directory that could not be opened */
int tsi_store_enter_code(int system_errno);
/** Data that was verified is gone: refuse reads until everything is checked again. */
void tsi_store_damaged(tsi_disk_store *store);
void tsi_disk_unref(tsi_disk *disk);

static inline uint64_t tsi_store_piece_begin(const tsi_disk_store *store, uint32_t piece)
{
	return (uint64_t)piece * store->piece_size;
}

static inline uint32_t tsi_store_piece_size(const tsi_disk_store *store, uint32_t piece)
{
	uint64_t left = store->total_bytes - tsi_store_piece_begin(store, piece);
	return left < store->piece_size ? (uint32_t)left : store->piece_size;
}

/** @name Piece space <-> files.  All give 0 or an errno.
 *  @{ */
/** The part of [position, end) that lies in one file. */
typedef struct tsi_segment {
	uint32_t file_index;
	uint64_t offset; /**< in the file */
	size_t size;
	bool is_pad;
} tsi_segment;

/** @return false at the end; else *position has moved behind the segment */
bool tsi_segment_next(const tsi_disk_store *store, uint64_t *position, uint64_t end,
                      tsi_segment *out_segment);

int tsi_store_write(tsi_disk_store *store, uint64_t position, const uint8_t *data, size_t size);
/** What is missing reads as zeros. */
int tsi_store_read_found(tsi_disk_store *store, uint64_t position, uint8_t *out, size_t size);
/** What is missing is damage, and EIO. */
int tsi_store_read_verified(tsi_disk_store *store, uint64_t position, uint8_t *out, size_t size);
int tsi_store_read_file(tsi_disk_store *store, uint32_t file_index, uint64_t offset, void *out,
                        size_t size, size_t *out_got);
/** Give room back.  @param drop  one byte a piece */
void tsi_store_punch(tsi_disk_store *store, const uint8_t *drop);
void tsi_store_note_used(tsi_disk_store *store, tsi_store_file *file, uint64_t used_bytes);
/** The file is at least this long now. */
void tsi_store_note_size(tsi_store_file *file, uint64_t size);
/** Whatever it was, it is as long as it is: what it lost is known by now. */
void tsi_store_measure_file(tsi_disk_store *store, uint32_t file_index);
/** @return the TSTREAM_E code that says it best */
int tsi_disk_code(int system_errno);
/** @} */

/** @name Trust: disk_judge.c.  Both give 0 or an errno.
 *  @{ */
/** Compare what the have file says with what lies there, and fill have, is_doubtful,
 *  is_present and used_bytes. */
int tsi_store_judge(tsi_disk_store *store, const tsi_have_found *found);
/** Data to the platter, then "clean" into the have file. */
int tsi_store_sync(tsi_disk_store *store);
/** @} */

/** The name of a data file: its index. */
void tsi_data_name(uint32_t file_index, char out_name[12]);
/** @return false if this is not the name of a data file */
bool tsi_data_index(const char *name, uint32_t *out_file_index);

#define TSI_FNV_START UINT64_C(0xcbf29ce484222325)
/** FNV-1a, going on from @p hash. */
uint64_t tsi_fnv(uint64_t hash, const void *data, size_t size);
uint64_t tsi_fnv_number(uint64_t hash, uint64_t number);

#endif
