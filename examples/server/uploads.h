/* uploads.h - subtitles that viewers have uploaded.
 *
 * Kept as they came, one file each in DATA_DIR/subtitles, so that they outlive the server and
 * can be converted anew.  Names of files are made of an infohash and numbers.  When there is no
 * room, the oldest goes.  Any thread.
 */
#ifndef SERVER_UPLOADS_H
#define SERVER_UPLOADS_H

#include <stdint.h>
#include <tstream/tstream.h>

#define UPLOADS_MAX_COUNT 1000
#define UPLOADS_MAX_BYTES ((uint64_t)128 * 1024 * 1024)
#define UPLOADS_MAX_PER_FILE 16

/* The first number; those below are for the torrent's own subtitles. */
#define UPLOADS_FIRST_NUMBER TSTREAM_MAX_SUBTITLES

#define UPLOADS_LABEL_BYTES 80
#define UPLOADS_LANGUAGE_BYTES 16
#define UPLOADS_CHARSET_BYTES 32

struct uploads;

/* What is known of one, but for its bytes. */
struct upload {
	char infohash[TSTREAM_INFOHASH_BYTES];
	uint32_t file_index; /* the film it belongs to */
	uint32_t number;     /* within that film; not used again while others with higher ones are */
	size_t size;
	char label[UPLOADS_LABEL_BYTES];
	char language[UPLOADS_LANGUAGE_BYTES]; /* or "" */
	char charset[UPLOADS_CHARSET_BYTES];   /* or "": find out */
};

/* NULL if the directory cannot be made or read. */
struct uploads *uploads_open(const char *data_dir);
void uploads_close(struct uploads *uploads);

/* Gives it its number.  0; TSTREAM_ELIMIT (the film has enough), ENOSPC, EIO, ENOMEM */
int uploads_add(struct uploads *uploads, struct upload *upload, const void *bytes);

/* Those of a film, in the order of their numbers; at most UPLOADS_MAX_PER_FILE. */
size_t uploads_list(struct uploads *uploads, const char *infohash, uint32_t file_index,
                    struct upload out[UPLOADS_MAX_PER_FILE]);

/* out_bytes: yours to free().  0; TSTREAM_ENOENT, EIO, ENOMEM */
int uploads_read(struct uploads *uploads, const struct upload *wanted, struct upload *out,
                 char **out_bytes);

/* 0 or TSTREAM_ENOENT. */
int uploads_remove(struct uploads *uploads, const struct upload *wanted);

/* All of a torrent. */
void uploads_remove_torrent(struct uploads *uploads, const char *infohash);

#endif
