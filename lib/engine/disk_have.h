/**
 * engine/disk_have.h - the file "have": which pieces are verified, and how sure that is.
 *
 *   header  magic, version, state, shape of the torrent, boot id, times; a checksum
 *   bits    a bit a piece, piece 0 in the lowest bit of the first byte
 *
 * In the byte order of the machine: on another one it is foreign, and all is checked.
 *
 * States   dirty     pieces came or went since; the bits hold while this boot lasts,
 *                    for what the kernel has taken it keeps, whatever becomes of us
 *          clean     everything is on the platter, and files' times were noted
 *          doubtful  bits are hints: hash every piece before trusting it
 *
 * Any thread; a mutex inside is held across small writes of this file, so keep the
 * engine's thread away.  Functions give 0 or an errno.
 */
#ifndef TSI_ENGINE_DISK_HAVE_H
#define TSI_ENGINE_DISK_HAVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tsi_have tsi_have;

typedef enum tsi_have_state {
	TSI_HAVE_DIRTY = 0,
	TSI_HAVE_CLEAN = 1,
	TSI_HAVE_DOUBTFUL = 2
} tsi_have_state;

typedef struct tsi_have_shape {
	uint32_t piece_count;
	uint32_t piece_size;
	uint64_t files_digest; /**< of their sizes */
} tsi_have_shape;

/** What the last session left. */
typedef struct tsi_have_found {
	bool is_readable; /**< false: no such file, or corrupt, or of another torrent */
	tsi_have_state state;
	bool is_same_boot;
	uint64_t times_digest;     /**< if clean */
	bool is_blocks_unreliable; /**< if clean: st_blocks means nothing here (compression) */
} tsi_have_found;

/** Open or make it; whatever is unreadable is left as it is until tsi_have_reset.
 *  @param boot_id_path  a file whose content changes with every boot
 *  @return 0, or an errno and no object */
int tsi_have_open(int dir_fd, const tsi_have_shape *shape, const char *boot_id_path,
                  tsi_have **out_have, tsi_have_found *out_found);
void tsi_have_close(tsi_have *have);

/** Copy the bits: one byte a piece. */
void tsi_have_get(tsi_have *have, uint8_t *out_bits);
/** Replace everything. @param bits  one byte a piece */
int tsi_have_reset(tsi_have *have, const uint8_t *bits, tsi_have_state state);
/** Data is about to change: the file is clean no longer. */
int tsi_have_begin(tsi_have *have);
/** The piece's data is written. */
int tsi_have_set(tsi_have *have, uint32_t piece);
/** Clear bits, for good: not even a power cut brings them back.
 *  @param drop  one byte a piece */
int tsi_have_drop(tsi_have *have, const uint8_t *drop);
/** From now on the bits are hints, until tsi_have_reset. */
int tsi_have_doubt(tsi_have *have);
/** Everything is on the platter.  Does nothing to a doubtful file. */
int tsi_have_finish(tsi_have *have, uint64_t times_digest, bool is_blocks_unreliable);
/** @return true if tsi_have_finish would have nothing to do */
bool tsi_have_is_clean(tsi_have *have);

#endif
