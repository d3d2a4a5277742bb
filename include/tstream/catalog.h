/**
 * tstream/catalog.h - torrents known here, found by the words of their titles at once.
 *
 * A catalogue is one SQLite file with a full-text index (FTS5).  A new one begins with a
 * handful of freely licensed films; a program adds torrents that were opened, entries
 * of its own, or whole lists.  A search asks it as one provider among others, and has
 * its answer without any network.
 *
 * Words      A title is found by all words of a query, in any order, whatever their case
 *            and accents.  The last word may be a beginning: always if it has three to
 *            eight letters; if no title has it as a word, also of more, or of fewer that
 *            take three bytes of UTF-8 together, as one of Chinese does and two of Russian.
 *            Nothing in a query is an operator.  When very many titles have the words, the
 *            newest entries are found.
 * Threads    Any thread, any function.
 * Blocking   Everything reads or writes the file, one call at a time: some milliseconds.
 *            Now and then, as a catalogue grows, some tenths of a second, in which common
 *            words are looked for.  After a list of 10,000 entries or more its whole index is
 *            put in order: tenths of a second, one or two for a million entries, in which
 *            searches wait, too.
 * Ownership  open gives, close takes back.  Searches that were given a catalogue hold it
 *            open until they end, whenever it is closed.
 * Secrets    Magnets are shown to whoever searches.  tstream_catalog_add_torrent() leaves
 *            out trackers whose address may hold a key; what you add yourself stays as it is.
 */
#ifndef TSTREAM_CATALOG_H
#define TSTREAM_CATALOG_H

#include <tstream/base.h>
#include <tstream/search.h>
#include <tstream/torrent.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tstream_catalog tstream_catalog;

#define TSTREAM_CATALOG_EMPTY 0x01u /**< a new one begins without the films */

/**
 * Open a catalogue, or make it.  A file of an earlier version is brought to this one, once:
 * some seconds for a million entries; an earlier library then refuses it (ENOTSUP).
 *
 * @param path   of the file, made with mode 0600; beside it lie path-wal and path-shm.
 *               ":memory:" for one that lives as long as it is open
 * @param flags  TSTREAM_CATALOG_EMPTY or 0
 * @param out_catalog  yours until tstream_catalog_close()
 * @return 0; EINVAL (no catalogue), ENOTSUP (library built without SQLite, or a file of a
 *         later version), EACCES, ENOSPC, EBUSY, EIO, ENOMEM
 * @since 0.1
 */
TSTREAM_API int tstream_catalog_open(const char *path, uint32_t flags,
                                     tstream_catalog **out_catalog, tstream_error *err);

/** Give it back.  NULL is fine.  @since 0.1 */
TSTREAM_API void tstream_catalog_close(tstream_catalog *catalog);

/** Longest title, in bytes; what is beyond is cut off. */
#define TSTREAM_MAX_TITLE_BYTES 1024

/** Start from TSTREAM_CATALOG_ENTRY_INIT or tstream_catalog_entry_init(): all unknown. */
typedef struct tstream_catalog_entry {
	uint32_t struct_size; /**< sizeof, as your compiler saw it */
	uint32_t category;    /**< Newznab number, such as 2000 for films; 0: unknown */
	const char *title;    /**< required; made printable */
	const char *magnet;   /**< required: a magnet, or a bare infohash */
	int64_t size;         /**< bytes; -1: unknown */
	int64_t published_s;  /**< seconds since 1970 UTC; -1: unknown */
} tstream_catalog_entry;

#ifndef SWIG
#define TSTREAM_CATALOG_ENTRY_INIT                                                                 \
	{                                                                                              \
		.struct_size = sizeof(tstream_catalog_entry), .size = -1, .published_s = -1                \
	}
#endif

/** For callers that cannot see macros: all unknown, struct_size set.  @since 0.1 */
TSTREAM_API void tstream_catalog_entry_init(tstream_catalog_entry *entry);

/** Add an entry, or put it in the place of the one with the same infohash.  It is on disk
 *  when this returns, as far as a crash of the program goes.
 *  @return 0; EINVAL (title or magnet), ENOSPC, EBUSY, EIO, ENOMEM.  @since 0.1 */
TSTREAM_API int tstream_catalog_add(tstream_catalog *catalog, const tstream_catalog_entry *entry,
                                    tstream_error *err);

/** Add a torrent whose metadata is known, under its own name.  An entry that is there already
 *  stays as it is.
 *  @return as tstream_catalog_add(); EAGAIN (no metadata yet), ECANCELED.  @since 0.1 */
TSTREAM_API int tstream_catalog_add_torrent(tstream_catalog *catalog, tstream_torrent *torrent,
                                            tstream_error *err);

/**
 * Add a list: one entry a line, with tabs between title, magnet and, if they are known,
 * size in bytes, category, and seconds since 1970 of its publication.  Empty lines and those
 * that begin with '#' are skipped.
 *
 * @param out_count  how many entries were added or replaced; may be NULL.  Set also when it
 *                   fails: lines before the one that cannot be meant stay
 * @return as tstream_catalog_add(); err names the line
 * @since 0.1
 */
TSTREAM_API int tstream_catalog_import(tstream_catalog *catalog, const char *text, size_t size,
                                       size_t *out_count, tstream_error *err);

/** @param infohash  hexadecimal, v1 (40) or v2 (64): the one its magnet has
 *  @return 0; ENOENT, EINVAL, ENOSPC, EBUSY, EIO.  @since 0.1 */
TSTREAM_API int tstream_catalog_remove(tstream_catalog *catalog, const char *infohash);

/** @return how many entries there are; EIO, EINVAL.  @since 0.1 */
TSTREAM_API int64_t tstream_catalog_get_count(tstream_catalog *catalog);

/** Let a search ask it.
 *  @return as the other tstream_search_add_ functions (search.h).  @since 0.1 */
TSTREAM_API int tstream_search_add_catalog(tstream_search *search, const char *name,
                                           tstream_catalog *catalog, tstream_error *err);

#ifdef __cplusplus
}
#endif
#endif
