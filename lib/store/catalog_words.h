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

/** Every word, quoted, all of them wanted; so that nothing in @p text is an operator.
 *  @param is_prefix  the last one may be a beginning, if it is long enough
 *  @param out_expression  sqlite3_free() it; NULL if there is no word in @p text
 *  @return 0, ENOMEM */
int tsi_catalog_words_match(const tsi_catalog_words *words, const char *text, int is_prefix,
                            char **out_expression);

#endif
