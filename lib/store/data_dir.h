/**
 * store/data_dir.h - what a session keeps on disk, and where.
 *
 *   lock                      held (flock) while a session is open
 *   dht                       state of the DHT
 *   torrents/<infohash>/      one directory a torrent (see engine/disk.h), and in it
 *     resume                  metadata, trackers and peers for the next time
 *   torrents/<infohash>.alias the other hash of a hybrid: holds the directory's name
 *
 * Every name is made here from hexadecimal digits and numbers.  Directories are 0700,
 * files 0600, files are replaced by rename(2) so that a kill leaves the old or the new.
 */
#ifndef TSI_STORE_DATA_DIR_H
#define TSI_STORE_DATA_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tstream/base.h>
#include <tstream/session.h>

typedef struct tsi_data_dir tsi_data_dir;

/** @return 0; EACCES, EBUSY (another session holds it), ENOSPC, EIO, ENOMEM */
int tsi_data_dir_open(const char *path, tsi_data_dir **out_dir, tstream_error *err);
void tsi_data_dir_close(tsi_data_dir *dir);

/** Room for the longest path this module makes. */
#define TSI_PATH_BYTES 4096

/** The directory of a torrent.  @return 0, EINVAL (path too long) */
int tsi_data_dir_torrent_path(const tsi_data_dir *dir, const char *infohash,
                              char out_path[TSI_PATH_BYTES]);
/** Make it if it is not there.  @return 0, ENOSPC, EACCES, EIO */
int tsi_data_dir_make_torrent(const tsi_data_dir *dir, const char *infohash, tstream_error *err);
/** Delete a torrent's directory with all it holds, and aliases to it. */
int tsi_data_dir_delete_torrent(const tsi_data_dir *dir, const char *infohash);
/** Forget a directory in which nothing was stored. */
void tsi_data_dir_drop_empty_torrent(const tsi_data_dir *dir, const char *infohash);
/** Note that it was used now. */
void tsi_data_dir_touch_torrent(const tsi_data_dir *dir, const char *infohash);

/** The name under which a torrent's directory goes: itself, or what an alias says. */
void tsi_data_dir_resolve(const tsi_data_dir *dir, const char *infohash,
                          char out_infohash[TSTREAM_INFOHASH_BYTES]);
/** Let @p other lead to the directory of @p infohash. */
int tsi_data_dir_alias(const tsi_data_dir *dir, const char *other, const char *infohash);

/** @param infohash  NULL for a file of the session
 *  @param out_bytes yours to free()
 *  @return 0, ENOENT, EIO, ENOMEM; files beyond 64 MiB are EIO */
int tsi_data_dir_read(const tsi_data_dir *dir, const char *infohash, const char *name,
                      void **out_bytes, size_t *out_size);
bool tsi_data_dir_has(const tsi_data_dir *dir, const char *infohash, const char *name);
/** @return 0, ENOSPC, EIO, EACCES */
int tsi_data_dir_write(const tsi_data_dir *dir, const char *infohash, const char *name,
                       const void *bytes, size_t size);

typedef struct tsi_stored_torrent {
	char infohash[TSTREAM_INFOHASH_BYTES];
	int64_t used_s; /**< last use, seconds since the epoch */
	uint64_t bytes; /**< what it takes on disk */
} tsi_stored_torrent;

/** Every torrent directory there is.
 *  @param out_torrents  yours to free()
 *  @return 0, EIO, ENOMEM */
int tsi_data_dir_list(const tsi_data_dir *dir, tsi_stored_torrent **out_torrents,
                      size_t *out_count);

#endif
