/**
 * store/catalog_words.h - what a person typed, as an FTS5 expression.
 */
#ifndef TSI_STORE_CATALOG_WORDS_H
#define TSI_STORE_CATALOG_WORDS_H

#include <sqlite3.h>

/** How titles are cut into words; the index and the queries must agree. */
#define TSI_CATALOG_TOKENIZER "unicode61"
#define TSI_CATALOG_TOKENIZER_ARGUMENT "remove_diacritics"
#define TSI_CATALOG_TOKENIZER_VALUE "2"

typedef struct tsi_catalog_words tsi_catalog_words;

/** @return 0; ENOTSUP (an SQLite without FTS5), ENOMEM */
int tsi_catalog_words_open(sqlite3 *db, tsi_catalog_words **out_words);
void tsi_catalog_words_close(tsi_catalog_words *words);

/** @name Whether the last word may be a beginning
 *  @{ */
#define TSI_CATALOG_CHEAP_PREFIX 0 /**< if it has 3 to 8 bytes: the index has lists of those */
#define TSI_CATALOG_ANY_PREFIX 1   /**< if it has more; there is no expression otherwise */
/** @} */

/** Every word, quoted, all of them wanted; so that nothing in @p text is an operator.
 *  @param last_word  TSI_CATALOG_CHEAP_PREFIX or _ANY_PREFIX
 *  @param out_expression  sqlite3_free() it; NULL if there is no word in @p text
 *  @return 0, ENOMEM */
int tsi_catalog_words_match(const tsi_catalog_words *words, const char *text, int last_word,
                            char **out_expression);

#endif
