/**
 * core/lenient.h - numbers, sizes, dates and HTML as indexers write them.
 *
 * None of these fails: what cannot be understood is unknown, which is -1.
 */
#ifndef TSI_CORE_LENIENT_H
#define TSI_CORE_LENIENT_H

#include <stdint.h>

/** "1234", " 1,234 ".  @return -1 for what is no whole number, negative, or over 2^62 */
int64_t tsi_lenient_count(const char *text);

/** "734003200", "1.4 GiB", "700 MB" (MB and MiB alike are 2^20, as indexers mean them).
 *  @return bytes, or -1 */
int64_t tsi_lenient_size(const char *text);

/** The first size with a unit in a text, as in a description: "Size: 1.4 GB, 3 files".
 *  @return bytes, or -1 */
int64_t tsi_lenient_size_within(const char *text);

/** RFC 822 and RFC 3339 with what passes for them: no weekday, no seconds, no zone (then
 *  UTC), names of zones, a space for the T.
 *  @param now_s  what is more than a day after this is unknown
 *  @return seconds since 1970 UTC, or -1 */
int64_t tsi_lenient_date(const char *text, int64_t now_s);

/** Undo HTML's character references, once, in place: "&amp;", "&eacute;", "&#233;",
 *  "&#xE9;".  What is none stays. */
void tsi_lenient_unescape(char *text);

/** @param name  of a character of HTML 4, without & and ;
 *  @return its code point; 0: there is none of that name */
uint32_t tsi_html_entity(const char *name, uintptr_t size);

#endif
