#include "store/catalog_words.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "store/catalog_file.h"

/* Shorter beginnings are of half of all words.  Three letters of ASCII, two of Cyrillic; one of
 * Chinese may be a word. */
#define LEAST_PREFIX_BYTES 3
/* Of these the index has lists (catalog_file.c).  FTS5 counts letters, not bytes. */
#define LEAST_LISTED_LETTERS 3
#define MOST_LISTED_LETTERS 8

struct tsi_catalog_words {
	fts5_tokenizer ops;
	Fts5Tokenizer *tokenizer;
};

/** @return a code of SQLite: SQLITE_ERROR if it has no FTS5 */
static int find_fts5(sqlite3 *db, fts5_api **out_api)
{
	sqlite3_stmt *statement = NULL;
	int result = sqlite3_prepare_v2(db, "SELECT fts5(?1)", -1, &statement, NULL);
	if (result != SQLITE_OK)
		return result;
	sqlite3_bind_pointer(statement, 1, out_api, "fts5_api_ptr", NULL);
	sqlite3_step(statement);
	return sqlite3_finalize(statement);
}

/** @return as find_fts5() */
static int make_tokenizer(sqlite3 *db, tsi_catalog_words *words)
{
	const char *arguments[] = {TSI_CATALOG_TOKENIZER_ARGUMENT, TSI_CATALOG_TOKENIZER_VALUE};
	void *context = NULL;
	fts5_api *api = NULL;
	int result = find_fts5(db, &api);
	if (result == SQLITE_OK)
		result = api->xFindTokenizer(api, TSI_CATALOG_TOKENIZER, &context, &words->ops);
	if (result == SQLITE_OK)
		result = words->ops.xCreate(context, arguments, 2, &words->tokenizer);
	return result;
}

int tsi_catalog_words_open(sqlite3 *db, tsi_catalog_words **out_words, tstream_error *err)
{
	tsi_catalog_words *words = calloc(1, sizeof(*words));
	int result = words ? make_tokenizer(db, words) : SQLITE_NOMEM;
	if (result == SQLITE_OK) {
		*out_words = words;
		return TSTREAM_OK;
	}
	free(words);
	if (result == SQLITE_ERROR)
		return tsi_fail(err, TSTREAM_ENOTSUP, "catalogue: this SQLite has no FTS5");
	return tsi_fail(err, tsi_catalog_code_of(result), "catalogue: %s", sqlite3_errstr(result));
}

void tsi_catalog_words_close(tsi_catalog_words *words)
{
	if (!words)
		return;
	words->ops.xDelete(words->tokenizer);
	free(words);
}

/* -- titles --------------------------------------------------------------- */

typedef struct title_reader {
	tsi_catalog_term_fn on_term;
	void *user;
} title_reader;

/** @return whether a character may end before this byte */
static bool is_boundary(const char *at)
{
	return ((unsigned char)*at & 0xc0) != 0x80;
}

static int add_title_word(void *user, int flags, const char *word, int word_size, int start,
                          int end)
{
	const title_reader *reader = user;
	char term[TSI_CATALOG_MAX_TERM_BYTES];
	size_t whole = (size_t)word_size;
	size_t most = whole < sizeof(term) ? whole : sizeof(term) - 1;
	(void)flags;
	(void)start;
	(void)end;
	if (whole <= sizeof(term))
		reader->on_term(reader->user, word, whole);
	memcpy(term, word, most);
	for (size_t size = LEAST_PREFIX_BYTES; size <= most; size++) {
		if (size < whole && !is_boundary(word + size))
			continue;
		term[size] = '*';
		reader->on_term(reader->user, term, size + 1);
		if (size < most)
			term[size] = word[size];
	}
	return SQLITE_OK;
}

void tsi_catalog_words_of_title(const tsi_catalog_words *words, const char *title, size_t size,
                                tsi_catalog_term_fn on_term, void *user)
{
	title_reader reader = {on_term, user};
	words->ops.xTokenize(words->tokenizer, &reader, FTS5_TOKENIZE_DOCUMENT, title, (int)size,
	                     add_title_word);
}

/* -- queries -------------------------------------------------------------- */

typedef struct query_reader {
	sqlite3_str *text; /**< the words, each with a NUL after it */
	size_t word_count;
	bool is_long_enough; /**< the last word, to be a beginning */
	bool is_listed;      /**< the last word, if it is one */
} query_reader;

/** @return whether the index has a list of words that begin so */
static bool is_listed(const char *word, int size)
{
	int letters = 0;
	for (int i = 0; i < size; i++)
		letters += is_boundary(word + i);
	return letters >= LEAST_LISTED_LETTERS && letters <= MOST_LISTED_LETTERS;
}

static int add_query_word(void *user, int flags, const char *word, int size, int start, int end)
{
	query_reader *reader = user;
	(void)flags;
	(void)start;
	(void)end;
	if (reader->word_count == TSI_CATALOG_MAX_WORDS)
		return SQLITE_DONE;
	if (reader->word_count > 0)
		sqlite3_str_appendchar(reader->text, 1, '\0');
	sqlite3_str_append(reader->text, word, size);
	reader->word_count++;
	reader->is_long_enough = size >= LEAST_PREFIX_BYTES;
	reader->is_listed = is_listed(word, size);
	return SQLITE_OK;
}

int tsi_catalog_words_of_query(const tsi_catalog_words *words, const char *text, int last_word,
                               tsi_catalog_terms *out_terms)
{
	query_reader reader = {.text = sqlite3_str_new(NULL)};
	words->ops.xTokenize(words->tokenizer, &reader, FTS5_TOKENIZE_QUERY, text, (int)strlen(text),
	                     add_query_word);
	bool is_beginning =
	    reader.is_long_enough && reader.is_listed == (last_word == TSI_CATALOG_CHEAP_PREFIX);
	/* What was asked for already needs no second attempt. */
	if (!is_beginning && last_word == TSI_CATALOG_ANY_PREFIX)
		reader.word_count = 0;
	if (is_beginning)
		sqlite3_str_appendchar(reader.text, 1, '*');
	int code = sqlite3_str_errcode(reader.text) == SQLITE_OK ? TSTREAM_OK : TSTREAM_ENOMEM;
	*out_terms = (tsi_catalog_terms){.text = sqlite3_str_finish(reader.text)};
	if (code != TSTREAM_OK || !out_terms->text)
		return code;
	out_terms->count = reader.word_count;
	const char *at = out_terms->text;
	for (size_t i = 0; i < reader.word_count; i++, at += strlen(at) + 1)
		out_terms->terms[i] = at;
	return TSTREAM_OK;
}

void tsi_catalog_words_add_term(sqlite3_str *expression, const char *term)
{
	size_t size = strlen(term);
	bool is_beginning = size > 0 && term[size - 1] == '*';
	/* The tokenizer leaves no quotes; %w would double them. */
	sqlite3_str_appendf(expression, "%s\"%.*w\"%s", sqlite3_str_length(expression) ? " AND " : "",
	                    (int)size - is_beginning, term, is_beginning ? " *" : "");
}
