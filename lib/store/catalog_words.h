/**
 * store/catalog_words.h - the words of titles and of what a person typed.
 *
 * A term is a word, or the beginning of one with a '*' after it, as no word has.
 */
#ifndef TSI_STORE_CATALOG_WORDS_H
#define TSI_STORE_CATALOG_WORDS_H

#include <sqlite3.h>
#include <stddef.h>
#include <tstream/base.h>

/** How titles are cut into words; the index and the queries must agree. */
#define TSI_CATALOG_TOKENIZER "unicode61"
#define TSI_CATALOG_TOKENIZER_ARGUMENT "remove_diacritics"
#define TSI_CATALOG_TOKENIZER_VALUE "2"

typedef struct tsi_catalog_words tsi_catalog_words;

/** @return 0; ENOTSUP (an SQLite without FTS5), ENOMEM */
int tsi_catalog_words_open(sqlite3 *db, tsi_catalog_words **out_words, tstream_error *err);
void tsi_catalog_words_close(tsi_catalog_words *words);

/** Longest term that tsi_catalog_words_of_title() gives, in bytes. */
#define TSI_CATALOG_MAX_TERM_BYTES 59

/** @param term  lent, and not terminated */
typedef void (*tsi_catalog_term_fn)(void *user, const char *term, size_t size);

/** Every term by which a title is found: its words and their beginnings of three bytes and
 *  more, the whole word being one of them.  Some more than once; none that is longer than
 *  TSI_CATALOG_MAX_TERM_BYTES. */
void tsi_catalog_words_of_title(const tsi_catalog_words *words, const char *title, size_t size,
                                tsi_catalog_term_fn on_term, void *user);

/** @name Whether the last word may be a beginning
 *  @{ */
#define TSI_CATALOG_CHEAP_PREFIX 0 /**< if it has 3 to 8 letters: the index has lists of those */
#define TSI_CATALOG_ANY_PREFIX 1   /**< if it has others, and 3 bytes; no terms otherwise */
/** @} */

/** Words beyond these narrow nothing that people type, and each costs. */
#define TSI_CATALOG_MAX_WORDS 16

/** What was asked for: titles that have all of these. */
typedef struct tsi_catalog_terms {
	char *text; /**< what they are in; yours to sqlite3_free() */
	size_t count;
	const char *terms[TSI_CATALOG_MAX_WORDS];
} tsi_catalog_terms;

/** @param last_word  TSI_CATALOG_CHEAP_PREFIX or _ANY_PREFIX
 *  @return 0, ENOMEM */
int tsi_catalog_words_of_query(const tsi_catalog_words *words, const char *text, int last_word,
                               tsi_catalog_terms *out_terms);

/** Add a term to an FTS5 expression that wants them all; quoted, so that nothing in it is an
 *  operator. */
void tsi_catalog_words_add_term(sqlite3_str *expression, const char *term);

#endif
