/**
 * engine/disk.h - the pieces of one torrent on disk, and the workers that hash and write.
 *
 * Layout of a torrent's own directory:
 *   have          which pieces are verified (see disk_have.h)
 *   data/<index>  the file of that index, sparse.  Named by number, so that no name
 *                 from a stranger ever becomes a path.
 *
 * The way of a block: tsi_disk_write copies it into the piece's buffer; when the piece
 * is whole tsi_disk_hash hashes it from memory and then writes it with one pwrite a
 * file; only then does the caller's handler run.  So a piece that is announced as verified can
 * be read by pread, and the page cache is the cache.  When buffers hold more than
 * buffer_limit_bytes, blocks of further pieces go straight to the file.
 *
 * After kill -9 on a running machine the have-bits are right: a bit is written after
 * its piece's data.  After a power cut they may not be: see tsi_disk_needs_check.
 *
 * Order: jobs of one piece run in the order queued, those of different pieces side by
 * side; evict, sync, checked and fence run after everything queued before and before
 * everything queued later for their store.
 *
 * Threads: anything from any thread, the blocks and hashes of one torrent from one (the
 * engine's), which is never made to wait for the disk, save by tsi_disk_store_open,
 * tsi_disk_read, tsi_disk_delete and tsi_disk_measure.  Handlers run on workers; if
 * memory runs out for a job, on the calling thread, with ENOMEM.
 */
#ifndef TSI_ENGINE_DISK_H
#define TSI_ENGINE_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tstream/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tsi_disk tsi_disk;             /**< the workers */
typedef struct tsi_disk_store tsi_disk_store; /**< one torrent's files */

typedef struct tsi_disk_hasher {
	/** SHA-1 of @p size bytes. */
	void (*sha1)(const void *data, size_t size, uint8_t out_digest[20]);
	/** SHA-256 of @p size bytes. */
	void (*sha256)(const void *data, size_t size, uint8_t out_digest[32]);
} tsi_disk_hasher;

typedef struct tsi_disk_file {
	uint64_t offset; /**< in the piece space */
	uint64_t size;
	bool is_pad; /**< reads as zeros, is never written */
} tsi_disk_file;

/** @param worker_count        0: one per core, at most 4
 *  @param buffer_limit_bytes  for piece buffers of all torrents
 *  @return NULL if out of memory or no thread can be had */
tsi_disk *tsi_disk_new(unsigned worker_count, size_t buffer_limit_bytes,
                       const tsi_disk_hasher *hasher);
/** Finishes what is queued, then ends the workers.  Waits.  What is queued later is done
 *  at once by the calling thread. */
void tsi_disk_stop(tsi_disk *disk);
/** After tsi_disk_stop; stores may outlive it (they are reference counted). */
void tsi_disk_free(tsi_disk *disk);

/** Open or make a torrent's store.  @param files  in order of offset, without gaps; copied.
 *  @return NULL: see err (EIO, EACCES, ENOSPC, ENOMEM; EINVAL: files and pieces do not
 *          fit together) */
tsi_disk_store *tsi_disk_store_open(tsi_disk *disk, const char *dir, const tsi_disk_file *files,
                                    uint32_t file_count, uint32_t piece_size, uint32_t piece_count,
                                    tstream_error *err);
/** The first half of tsi_disk_store_open, without I/O: make it, with nothing known.
 *  @return NULL: see err (ENOMEM, EINVAL) */
tsi_disk_store *tsi_disk_store_new(tsi_disk *disk, const tsi_disk_file *files, uint32_t file_count,
                                   uint32_t piece_size, uint32_t piece_count, tstream_error *err);
/** Queue: the second half, once; jobs queued later wait for it.
 *  @param done  code 0; or EIO, EACCES, ENOSPC, ENOMEM: then the store is of no use */
typedef void (*tsi_disk_entered_fn)(void *user, int code);
void tsi_disk_store_enter(tsi_disk_store *store, const char *dir, tsi_disk_entered_fn done,
                          void *user);
tsi_disk_store *tsi_disk_store_ref(tsi_disk_store *store);
/** The last one closes it; jobs in flight hold their own reference. */
void tsi_disk_store_unref(tsi_disk_store *store);

/** The bits found at open: one byte a piece. */
void tsi_disk_store_have(tsi_disk_store *store, uint8_t *out_have);
/** True if a power cut, a changed, truncated or missing file makes the bits doubtful:
 *  the caller must hash every piece again before trusting any; those whose bit is clear
 *  cost nothing (see tsi_disk_hash).  Turns true later if a read or write finds that verified data
 * has gone. */
bool tsi_disk_needs_check(tsi_disk_store *store);
/** Verified data has gone since it was opened: reads are refused, and nothing heals it but
 *  opening the directory anew. */
bool tsi_disk_is_damaged(tsi_disk_store *store);
/** The check is done; reads work again.  @param have  one byte a piece: the new bits. */
void tsi_disk_checked(tsi_disk_store *store, const uint8_t *have);
/** Queue, before what waits there: this piece has passed; set its bit.  Later blocks of it are
 *  ignored.  @param done  runs when not even kill -9 makes it forgotten; may be NULL */
void tsi_disk_mark_have(tsi_disk_store *store, uint32_t piece, void (*done)(void *user),
                        void *user);
/** Queue: forget all that is not verified, for whoever wrote it has gone; then @p done. */
void tsi_disk_abandon(tsi_disk_store *store, void (*done)(void *user), void *user);
/** Queue: clear bits and punch holes.  @param drop  one byte a piece
 *  @param done  may be NULL */
void tsi_disk_evict(tsi_disk_store *store, const uint8_t *drop, void (*done)(void *user),
                    void *user);
/** Queue: remember this as a clean end: bits on disk, files' times noted. */
void tsi_disk_sync(tsi_disk_store *store, void (*done)(void *user), void *user);
/** What its files take on disk, as of the last write. */
uint64_t tsi_disk_used_bytes(const tsi_disk_store *store);

/** Copy a block into its piece.  The first copy of a block wins; blocks of a piece that
 *  is verified, or was given to tsi_disk_hash and not to tsi_disk_clear, are ignored.
 *  @param offset   a multiple of 16 KiB
 *  @param size     at most 16 KiB
 *  @param drained  runs once if 1 was returned, and not otherwise; NULL: never told to stop
 *  @return 1: taken, but too much waits to be written: stop feeding until @p drained ran;
 *          0: taken; < 0: ENOMEM, EINVAL (no such block) */
int tsi_disk_write(tsi_disk_store *store, uint32_t piece, uint32_t offset, const void *data,
                   uint32_t size, void (*drained)(void *user), void *user);

/** Queue: hash a piece and, if it is in memory, write it to its files.  What is missing
 *  in the files hashes as zeros; a piece that is neither in memory nor has its bit set is
 *  answered with zero digests and no I/O.  Follow it with tsi_disk_mark_have or tsi_disk_clear;
 *  or, after ENOSPC, when there is room again, with another tsi_disk_hash: the bytes are
 *  kept (not those of a piece that went straight to the file: clear that one).
 *  @param v1          compute digest_v1
 *  @param out_v2      room for one 32-byte digest a block, or NULL; filled before done
 *  @param v2_bytes    how many bytes of the piece the v2 digests cover (pads excluded)
 *  @param done        code 0, or EIO, ENOSPC, ENOMEM; @p system_errno for the log */
typedef void (*tsi_disk_hashed_fn)(void *user, int code, int system_errno,
                                   const uint8_t digest_v1[20]);
void tsi_disk_hash(tsi_disk_store *store, uint32_t piece, bool v1, uint8_t *out_v2,
                   uint32_t v2_bytes, tsi_disk_hashed_fn done, void *user);
/** Queue: SHA-256 of one block. */
typedef void (*tsi_disk_hashed2_fn)(void *user, int code, int system_errno,
                                    const uint8_t digest[32]);
void tsi_disk_hash_block(tsi_disk_store *store, uint32_t piece, uint32_t offset, uint32_t size,
                         tsi_disk_hashed2_fn done, void *user);
/** Forget what is in memory of a piece that failed: from now on its blocks are taken
 *  again.  Queue: @p done, when its earlier jobs have run. */
void tsi_disk_clear(tsi_disk_store *store, uint32_t piece, void (*done)(void *user), void *user);
/** Queue: run after everything queued before for this store. */
void tsi_disk_fence(tsi_disk_store *store, void (*done)(void *user), void *user);
/** Queue: read verified bytes for a peer.  @p data is lent for the call. */
typedef void (*tsi_disk_read_fn)(void *user, int code, int system_errno, const void *data,
                                 uint32_t size);
void tsi_disk_read_async(tsi_disk_store *store, uint32_t piece, uint32_t offset, uint32_t size,
                         tsi_disk_read_fn done, void *user);

/** Copy verified bytes of a file, now, on the calling thread.
 *  @return bytes (as many as asked, within the file); EAGAIN if a piece of them is not
 *          verified, or not any more; EIO if they are not there although they should be:
 *          then tsi_disk_is_damaged, and so it is for all reads */
int64_t tsi_disk_read(tsi_disk_store *store, uint32_t file_index, uint64_t offset, void *buffer,
                      size_t size);

/** Delete a torrent's directory, its data files and the regular files directly in it.
 *  @return 0 (also if it is not there), EIO (something else is in it) */
int tsi_disk_delete(const char *dir);
/** What a torrent's directory takes on disk, without opening it; 0 if it is not there. */
uint64_t tsi_disk_measure(const char *dir);

#ifdef __cplusplus
}
#endif
#endif
