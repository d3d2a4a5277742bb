/**
 * core/text.h - text from strangers, made fit for people to see.
 */
#ifndef TSI_CORE_TEXT_H
#define TSI_CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** True if @p text begins with @p prefix, letters of ASCII in either case.  Unlike
 *  strncasecmp it does not ask the locale: in Turkish "I" is no "i". */
bool tsi_text_starts_with(const char *text, const char *prefix);

/** True if they are equal, in the same sense. */
bool tsi_text_equals(const char *a, const char *b);

/** Undo percent-encoding in place.  What is no escape stays as it is.
 *  @return the new size: there may be NULs within */
size_t tsi_text_percent_decode(char *text, size_t size);

/** The character of UTF-8 (RFC 3629) that @p bytes begin with.
 *  @return how many bytes it has; 0 if there is none */
size_t tsi_text_decode(const char *bytes, size_t size, uint32_t *out_point);

/** @return how many bytes of UTF-8 @p point has become, at most 4; 0 if it is none */
size_t tsi_text_encode(uint32_t point, char out_bytes[4]);

/** Copy as much as fits, with a NUL behind it. */
void tsi_text_copy(char *out, size_t capacity, const char *text);

/** Let @p text, which is UTF-8, end after at most @p max_bytes, between characters. */
void tsi_text_cut(char *text, size_t max_bytes);

/** A copy that is UTF-8 and printable: U+FFFD for each byte that is no UTF-8, without
 *  control characters and without those that turn the direction of what follows
 *  (which make "gpj.exe" look like "exe.jpg").
 *  @return yours to free(); NULL if out of memory */
char *tsi_text_clean(const char *text, size_t size);

#endif
