/**
 * media/charset.h - text of any charset as UTF-8.
 *
 * The only user of iconv and of uchardet.  Charsets are taken from a list: a C library
 * knows hundreds that no subtitle was ever written in, and whose converters few test.
 *
 * Threads: any; nothing is shared between calls.
 */
#ifndef TSI_MEDIA_CHARSET_H
#define TSI_MEDIA_CHARSET_H

#include <stddef.h>
#include <tstream/base.h>

#include "base/buffer.h"

#define TSI_CHARSET_NAME_BYTES 32

/** Convert to UTF-8 without a byte order mark; U+FFFD for what is no character.
 *  @param charset  as people write it; NULL: find out
 *  @param output   empty; its bound is set here, three times the size
 *  @return 0; EINVAL (a charset that is not known), ENOTSUP (built without uchardet, and
 *          the text is no Unicode), ENOMEM */
int tsi_charset_convert(const char *bytes, size_t size, const char *charset, tsi_buffer *output,
                        tstream_error *err);

/** iconv's name for it.  Letters, digits and nothing else of @p name count.
 *  @return static; NULL if it is not on the list */
const char *tsi_charset_find(const char *name);

/** What uchardet takes text for that is no Unicode.
 *  @return 0, and "" if it cannot tell; ENOTSUP */
int tsi_charset_guess(const char *bytes, size_t size, char out_name[TSI_CHARSET_NAME_BYTES]);

#endif
