#include "store/catalog_words.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <tstream/base.h>

/* Words beyond these narrow nothing that people type, and each costs. */
#define MAX_WORDS 16
/* Shorter beginnings are of half of all words.  In letters of ASCII; others are longer. */
#define LEAST_PREFIX_BYTES 3
#define CHEAP_PREFIX_BYTES 8

struct tsi_catalog_words {
	fts5_tokenizer ops;
	Fts5Tokenizer *tokenizer;
};

static fts5_api *find_fts5(sqlite3 *db)
{
	fts5_api *api = NULL;
	sqlite3_stmt *statement = NULL;
	if (sqlite3_prepare_v2(db, "SELECT fts5(?1)", -1, &statement, NULL) == SQLITE_OK) {
		sqlite3_bind_pointer(statement, 1, &api, "fts5_api_ptr", NULL);
		sqlite3_step(statement);
	}
	sqlite3_finalize(statement);
	return api;
}

int tsi_catalog_words_open(sqlite3 *db, tsi_catalog_words **out_words)
{
	const char *arguments[] = {TSI_CATALOG_TOKENIZER_ARGUMENT, TSI_CATALOG_TOKENIZER_VALUE};
	void *context = NULL;
	fts5_api *api = find_fts5(db);
	tsi_catalog_words *words = calloc(1, sizeof(*words));
	if (!words)
		return TSTREAM_ENOMEM;
	if (!api ||
	    api->xFindTokenizer(api, TSI_CATALOG_TOKENIZER, &context, &words->ops) != SQLITE_OK ||
	    words->ops.xCreate(context, arguments, 2, &words->tokenizer) != SQLITE_OK) {
		free(words);
		return TSTREAM_ENOTSUP;
	}
	*out_words = words;
	return TSTREAM_OK;
}

void tsi_catalog_words_close(tsi_catalog_words *words)
{
	if (!words)
		return;
	words->ops.xDelete(words->tokenizer);
	free(words);
}

typedef struct expression {
	sqlite3_str *text;
	int word_count;
	int last_size;
} expression;

static int add_word(void *user, int flags, const char *word, int size, int start, int end)
{
	expression *made = user;
	(void)flags;
	(void)start;
	(void)end;
	if (made->word_count == MAX_WORDS)
		return SQLITE_DONE;
	/* The tokenizer leaves no quotes; %w would double them. */
	sqlite3_str_appendf(made->text, "%s\"%.*w\"", made->word_count ? " AND " : "", size, word);
	made->word_count++;
	made->last_size = size;
	return SQLITE_OK;
}

int tsi_catalog_words_match(const tsi_catalog_words *words, const char *text, int last_word,
                            char **out_expression)
{
	expression made = {sqlite3_str_new(NULL), 0, 0};
	words->ops.xTokenize(words->tokenizer, &made, FTS5_TOKENIZE_QUERY, text, (int)strlen(text),
	                     add_word);
	bool is_cheap = made.last_size <= CHEAP_PREFIX_BYTES;
	/* What a cheap one was asked for already needs no second attempt. */
	if (is_cheap && last_word == TSI_CATALOG_ANY_PREFIX)
		made.word_count = 0;
	if (made.last_size >= LEAST_PREFIX_BYTES && (is_cheap || last_word == TSI_CATALOG_ANY_PREFIX))
		sqlite3_str_appendall(made.text, " *");
	bool is_lost = sqlite3_str_errcode(made.text) != SQLITE_OK;
	char *finished = sqlite3_str_finish(made.text);
	if (is_lost || made.word_count == 0) {
		sqlite3_free(finished);
		finished = NULL;
	}
	*out_expression = finished;
	return is_lost ? TSTREAM_ENOMEM : TSTREAM_OK;
}
