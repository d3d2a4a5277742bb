#include "store/catalog_learn.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/siphash.h"
#include "store/catalog_file.h"

/* Titles that came together are alike: few of each place. */
#define SAMPLE_PLACES 512
#define TITLES_A_PLACE 8
/* Which bounds the terms of the sample, too: no more than bytes. */
#define MAX_SAMPLE_BYTES ((size_t)1024 * 1024)
#define COMMON_PART 64
#define RARE_PART 256
#define GROWTH_PART 16
/* Ids are no entries: where old ones go as new ones come, they alone grow. */
#define MAX_GROWTH 65536

typedef struct counted {
	uint64_t hash;
	size_t title_count;
} counted;

typedef struct sample {
	const tsi_catalog_words *words;
	uint64_t key[2];
	char *titles; /**< each with a NUL after it */
	size_t size;
	size_t max_size; /**< for now: each place has its share, so that the last ones have room */
	size_t title_count;
	uint64_t *hashes; /**< of the terms of all titles, once for each title that has it */
	size_t hash_count;
	size_t hash_capacity;
	counted *terms; /**< those that are not rare, by their hashes */
	size_t term_count;
} sample;

bool tsi_catalog_learn_is_due(sqlite3 *db)
{
	int64_t greatest_id = tsi_catalog_ask_number(db, "SELECT max(id) FROM entries");
	int64_t learned_id = tsi_catalog_ask_number(db, "SELECT learned_id FROM common_state");
	if (greatest_id < 0 || learned_id < 0)
		return false;
	/* Ids begin anew when all entries are gone. */
	int64_t change = llabs(greatest_id - learned_id);
	return change >= TSI_CATALOG_LEARN_ENTRIES &&
	       (change >= MAX_GROWTH || change >= learned_id / GROWTH_PART);
}

/* -- the sample ----------------------------------------------------------- */

static void keep_title(sample *own, sqlite3_stmt *row)
{
	const char *title = (const char *)sqlite3_column_text(row, 0);
	size_t size = title ? strlen(title) + 1 : 0;
	if (size == 0 || size > own->max_size - own->size)
		return;
	memcpy(own->titles + own->size, title, size);
	own->size += size;
	own->title_count++;
}

/** @param inout_id  where it begins; then the last id that was read */
static int read_place(sample *own, sqlite3_stmt *rows, int64_t *inout_id)
{
	int step;
	sqlite3_bind_int64(rows, 1, *inout_id);
	sqlite3_bind_int64(rows, 2, TITLES_A_PLACE);
	while ((step = sqlite3_step(rows)) == SQLITE_ROW) {
		keep_title(own, rows);
		*inout_id = sqlite3_column_int64(rows, 1);
	}
	sqlite3_reset(rows);
	return tsi_catalog_code_of(step);
}

/** Titles from everywhere, somewhere in each part.  Where ids are missing the next place begins
 *  after them: those that are left share what is left. */
static int read_titles(sample *own, sqlite3 *db, int64_t greatest_id, tstream_error *err)
{
	sqlite3_stmt *rows = NULL;
	int64_t last_id = -1; /* of the parts before */
	int code = tsi_catalog_prepare(
	    db, "SELECT title, id FROM entries WHERE id>=?1 ORDER BY id LIMIT ?2", &rows, err);
	for (size_t i = 0; i < SAMPLE_PLACES && last_id < greatest_id && code == TSTREAM_OK; i++) {
		int64_t first_id = last_id + 1;
		int64_t part = (greatest_id - first_id) / (int64_t)(SAMPLE_PLACES - i) + 1;
		uint32_t random = 0;
		sqlite3_randomness(sizeof(random), &random);
		int64_t id = first_id + random % part;
		own->max_size = (i + 1) * (MAX_SAMPLE_BYTES / SAMPLE_PLACES);
		code = read_place(own, rows, &id);
		if (code != TSTREAM_OK)
			tsi_catalog_fail(db, err);
		last_id = first_id + (part - 1);
		if (id > last_id)
			last_id = id;
	}
	sqlite3_finalize(rows);
	return code;
}

static int compare_hashes(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a;
	uint64_t right = *(const uint64_t *)b;
	return (left > right) - (left < right);
}

static int compare_counted(const void *a, const void *b)
{
	return compare_hashes(&((const counted *)a)->hash, &((const counted *)b)->hash);
}

static void add_hash(void *user, const char *term, size_t size)
{
	sample *own = user;
	if (own->hash_count < own->hash_capacity)
		own->hashes[own->hash_count++] = tsi_siphash(own->key, term, size);
}

/** A title that has a term twice is one title. */
static void add_hashes(sample *own, const char *title)
{
	size_t begin = own->hash_count;
	size_t kept = begin;
	tsi_catalog_words_of_title(own->words, title, strlen(title), add_hash, own);
	qsort(own->hashes + begin, own->hash_count - begin, sizeof(uint64_t), compare_hashes);
	for (size_t i = begin; i < own->hash_count; i++)
		if (i == begin || own->hashes[i] != own->hashes[i - 1])
			own->hashes[kept++] = own->hashes[i];
	own->hash_count = kept;
}

static size_t least_titles(const sample *own, size_t part)
{
	return own->title_count / part + 1;
}

/** Keep what is not rare.  The hashes are sorted. */
static int count_terms(sample *own)
{
	size_t least = least_titles(own, RARE_PART);
	own->terms = malloc((own->hash_count / least + 1) * sizeof(*own->terms));
	if (!own->terms)
		return TSTREAM_ENOMEM;
	for (size_t i = 0, next; i < own->hash_count; i = next) {
		for (next = i + 1; next < own->hash_count && own->hashes[next] == own->hashes[i]; next++)
			;
		if (next - i >= least)
			own->terms[own->term_count++] = (counted){own->hashes[i], next - i};
	}
	return TSTREAM_OK;
}

static int read_terms(sample *own)
{
	/* Each byte of a word ends a beginning, but the first two; one more is the word itself. */
	own->hash_capacity = own->size;
	own->hashes = malloc((own->hash_capacity + 1) * sizeof(uint64_t));
	if (!own->hashes)
		return TSTREAM_ENOMEM;
	for (const char *at = own->titles; at < own->titles + own->size; at += strlen(at) + 1)
		add_hashes(own, at);
	qsort(own->hashes, own->hash_count, sizeof(uint64_t), compare_hashes);
	return count_terms(own);
}

/** @return whether at least one title of @p part has the term; @p part is RARE_PART or less */
static bool is_in_part(const sample *own, const char *term, size_t size, size_t part)
{
	counted wanted = {.hash = tsi_siphash(own->key, term, size)};
	const counted *found =
	    bsearch(&wanted, own->terms, own->term_count, sizeof(wanted), compare_counted);
	return found && found->title_count >= least_titles(own, part);
}

static int take_sample(sample *own, sqlite3 *db, int64_t greatest_id, tstream_error *err)
{
	sqlite3_randomness(sizeof(own->key), own->key);
	own->titles = malloc(MAX_SAMPLE_BYTES);
	if (!own->titles)
		return tsi_fail(err, TSTREAM_ENOMEM, "out of memory");
	int code = read_titles(own, db, greatest_id, err);
	if (code == TSTREAM_OK && read_terms(own) != TSTREAM_OK)
		code = tsi_fail(err, TSTREAM_ENOMEM, "out of memory");
	return code;
}

static void free_sample(sample *own)
{
	free(own->titles);
	free(own->hashes);
	free(own->terms);
}

/* -- terms that came and went --------------------------------------------- */

typedef struct learner {
	sqlite3 *db;
	tsi_catalog_common *common;
	const sample *titles;
	sqlite3_stmt *add;
	sqlite3_stmt *list;
	int64_t term_count;
	int code; /**< once it is not 0, nothing more is done */
	tstream_error *err;
} learner;

/** Write down which entries have a term, from FTS5's list of them. */
static int write_bits(learner *own, uint32_t number)
{
	tsi_catalog_bits bits = {{0}};
	int64_t block = INT64_MIN;
	int step;
	int code = TSTREAM_OK;
	while (code == TSTREAM_OK && (step = sqlite3_step(own->list)) == SQLITE_ROW) {
		int64_t id = sqlite3_column_int64(own->list, 0);
		uint32_t bit = tsi_catalog_bit_of(id);
		if (tsi_catalog_block_of(id) != block) {
			if (block != INT64_MIN)
				code = tsi_catalog_common_write(own->common, number, block, &bits, own->err);
			memset(&bits, 0, sizeof(bits));
			block = tsi_catalog_block_of(id);
		}
		bits.words[bit >> 6] |= UINT64_C(1) << (bit & 63);
	}
	if (code == TSTREAM_OK && step != SQLITE_DONE)
		code = tsi_catalog_fail(own->db, own->err);
	if (code == TSTREAM_OK && block != INT64_MIN)
		code = tsi_catalog_common_write(own->common, number, block, &bits, own->err);
	return code;
}

static int fill_term(learner *own, const char *term, uint32_t number)
{
	sqlite3_str *text = sqlite3_str_new(NULL);
	tsi_catalog_words_add_term(text, term);
	char *expression = sqlite3_str_finish(text);
	if (!expression)
		return tsi_fail(own->err, TSTREAM_ENOMEM, "out of memory");
	sqlite3_bind_text(own->list, 1, expression, -1, SQLITE_STATIC);
	int code = write_bits(own, number);
	sqlite3_reset(own->list);
	sqlite3_clear_bindings(own->list);
	sqlite3_free(expression);
	return code;
}

/** If it is common and was not. */
static void learn_term(void *user, const char *term, size_t size)
{
	learner *own = user;
	char text[TSI_CATALOG_MAX_TERM_BYTES + 1];
	if (own->code != TSTREAM_OK || own->term_count >= TSI_CATALOG_MAX_COMMON ||
	    tsi_catalog_common_find(own->common, term, size) != 0 ||
	    !is_in_part(own->titles, term, size, COMMON_PART))
		return;
	sqlite3_bind_text(own->add, 1, term, (int)size, SQLITE_STATIC);
	own->code = tsi_catalog_finish(own->db, own->add, own->err);
	/* None changes if it was learned from another title of the sample. */
	if (own->code != TSTREAM_OK || sqlite3_changes(own->db) == 0)
		return;
	own->term_count++;
	memcpy(text, term, size);
	text[size] = '\0';
	own->code = fill_term(own, text, (uint32_t)sqlite3_last_insert_rowid(own->db));
}

static void learn_terms(learner *own)
{
	const char *end = own->titles->titles + own->titles->size;
	own->term_count = tsi_catalog_ask_number(own->db, "SELECT count(*) FROM common_terms");
	own->code = tsi_catalog_prepare(
	    own->db, "INSERT INTO common_terms(term) VALUES(?1) ON CONFLICT DO NOTHING", &own->add,
	    own->err);
	if (own->code == TSTREAM_OK)
		own->code = tsi_catalog_prepare(own->db,
		                                "SELECT rowid FROM words WHERE words MATCH ?1"
		                                " ORDER BY rowid",
		                                &own->list, own->err);
	for (const char *at = own->titles->titles; at < end && own->code == TSTREAM_OK;
	     at += strlen(at) + 1)
		tsi_catalog_words_of_title(own->titles->words, at, strlen(at), learn_term, own);
	sqlite3_finalize(own->add);
	sqlite3_finalize(own->list);
}

static int remove_term(sqlite3 *db, int64_t number, tstream_error *err)
{
	char sql[128];
	sqlite3_snprintf(sizeof(sql), sql,
	                 "DELETE FROM common_bits WHERE term=%lld;"
	                 "DELETE FROM common_terms WHERE number=%lld",
	                 (long long)number, (long long)number);
	return tsi_catalog_run(db, sql, err);
}

/** Those that hardly a title has any more make room for others. */
static int forget_terms(learner *own)
{
	sqlite3_stmt *rows = NULL;
	int step = SQLITE_DONE;
	int code =
	    tsi_catalog_prepare(own->db, "SELECT number, term FROM common_terms", &rows, own->err);
	while (code == TSTREAM_OK && (step = sqlite3_step(rows)) == SQLITE_ROW) {
		const char *term = (const char *)sqlite3_column_text(rows, 1);
		size_t size = (size_t)sqlite3_column_bytes(rows, 1);
		if (term && !is_in_part(own->titles, term, size, RARE_PART))
			code = remove_term(own->db, sqlite3_column_int64(rows, 0), own->err);
	}
	sqlite3_finalize(rows);
	if (code == TSTREAM_OK && step != SQLITE_DONE)
		code = tsi_catalog_fail(own->db, own->err);
	return code;
}

/* -- all of it ------------------------------------------------------------ */

static int learn(sqlite3 *db, sample *titles, tsi_catalog_common *common, tstream_error *err)
{
	learner own = {.db = db, .common = common, .titles = titles, .err = err};
	int64_t greatest_id = tsi_catalog_ask_number(db, "SELECT max(id) FROM entries");
	own.code = tsi_catalog_common_refresh(common, err);
	if (own.code == TSTREAM_OK)
		own.code = take_sample(titles, db, greatest_id, err);
	if (own.code == TSTREAM_OK)
		own.code = forget_terms(&own);
	if (own.code == TSTREAM_OK)
		learn_terms(&own);
	if (own.code == TSTREAM_OK)
		own.code = tsi_catalog_run(
		    db, "UPDATE common_state SET learned_id=(SELECT coalesce(max(id), 0) FROM entries)",
		    err);
	return own.code == TSTREAM_OK ? tsi_catalog_run(db, "COMMIT", err) : own.code;
}

int tsi_catalog_learn(sqlite3 *db, const tsi_catalog_words *words, tsi_catalog_common *common,
                      tstream_error *err)
{
	sample titles = {.words = words};
	int code = tsi_catalog_run(db, "BEGIN IMMEDIATE", err);
	if (code != TSTREAM_OK)
		return code;
	code = learn(db, &titles, common, err);
	if (code != TSTREAM_OK)
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	tsi_catalog_common_forget(common);
	free_sample(&titles);
	return code;
}
