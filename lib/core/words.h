/**
 * core/words.h - queries and titles, made comparable (Unicode, with utf8proc).
 */
#ifndef TSI_CORE_WORDS_H
#define TSI_CORE_WORDS_H

#include <stdbool.h>
#include <tstream/base.h>

/** The best a title can do. */
#define TSI_MAX_RELEVANCE 1000

/** A query as typed, tidied: spaces trimmed and joined (control characters count as
 *  spaces), composed (NFC).
 *  @param out_text  for people and providers; yours to free()
 *  @param out_key   case-folded as well, for cache keys; yours to free()
 *  @return 0; EINVAL (empty, longer than TSTREAM_MAX_QUERY_BYTES, not UTF-8), ENOMEM */
int tsi_query_tidy(const char *typed, char **out_text, char **out_key, tstream_error *err);

/** The letters and digits of a text, case-folded, without accents, one space where there was
 *  anything else between them.  @return yours to free(); NULL if out of memory */
char *tsi_words_of(const char *text);

/** How well a title fits a query, both as tsi_words_of() gave them: 0 to
 *  TSI_MAX_RELEVANCE. */
int tsi_words_relevance(const char *query, const char *title);

/** True if every word of the query begins a word of the title. */
bool tsi_words_match(const char *query, const char *title);

#endif
