/**
 * core/media.h - what kind of file a name promises: the table behind tstream/media.h.
 */
#ifndef TSI_CORE_MEDIA_H
#define TSI_CORE_MEDIA_H

typedef struct tsi_media {
	const char *extension; /**< lower case, without the dot */
	const char *type;      /**< media type (RFC 6838) */
	int kind;              /**< a TSTREAM_MEDIA_ kind */
} tsi_media;

/** @param path  a name or a path; NULL is a name that says nothing
 *  @return static; never NULL */
const tsi_media *tsi_media_find(const char *path);

#endif
