#include "store/catalog_common.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/siphash.h"
#include "store/catalog_file.h"

/* So many are worth sorting; one title more may be noted beyond them. */
#define MANY_NOTES 8192

typedef struct common_term {
	uint32_t number; /**< 0: the slot is empty */
	uint8_t size;
	char text[TSI_CATALOG_MAX_TERM_BYTES];
} common_term;

/** An entry has a term from now on, or no more. */
typedef struct note {
	int64_t block;
	uint32_t term;
	uint32_t order; /**< the last one about a bit counts */
	uint16_t bit;
	bool is_there;
} note;

struct tsi_catalog_common {
	sqlite3 *db;
	const tsi_catalog_words *words;
	sqlite3_stmt *version;
	sqlite3_stmt *read;
	sqlite3_stmt *write;
	sqlite3_stmt *erase;
	int64_t known_version; /**< of the file, as PRAGMA data_version says; -1: terms are stale */
	uint64_t key[2];       /**< strangers choose the words */
	common_term *slots;
	size_t slot_count; /**< a power of two, or 0 */
	note *notes;
	size_t note_count;
	size_t note_capacity;
};

/* -- terms ---------------------------------------------------------------- */

/** @return where the term is, or would be */
static common_term *find_slot(const tsi_catalog_common *common, const char *term, size_t size)
{
	size_t at = (size_t)tsi_siphash(common->key, term, size);
	for (;; at++) {
		common_term *slot = &common->slots[at & (common->slot_count - 1)];
		if (slot->number == 0 || (slot->size == size && memcmp(slot->text, term, size) == 0))
			return slot;
	}
}

uint32_t tsi_catalog_common_find(const tsi_catalog_common *common, const char *term, size_t size)
{
	if (common->slot_count == 0 || size > TSI_CATALOG_MAX_TERM_BYTES)
		return 0;
	return find_slot(common, term, size)->number;
}

/** Room for twice as many, so that a search soon meets an empty slot. */
static int make_slots(tsi_catalog_common *common, int64_t term_count)
{
	size_t slot_count = 1;
	free(common->slots);
	common->slots = NULL;
	common->slot_count = 0;
	if (term_count <= 0)
		return TSTREAM_OK;
	while (slot_count < 2 * (size_t)term_count)
		slot_count *= 2;
	common->slots = calloc(slot_count, sizeof(*common->slots));
	if (!common->slots)
		return TSTREAM_ENOMEM;
	common->slot_count = slot_count;
	return TSTREAM_OK;
}

static void add_term(tsi_catalog_common *common, sqlite3_stmt *row)
{
	const char *text = (const char *)sqlite3_column_text(row, 1);
	size_t size = (size_t)sqlite3_column_bytes(row, 1);
	int64_t number = sqlite3_column_int64(row, 0);
	/* Others are not ours, and nobody asks for them. */
	if (!text || size == 0 || size > TSI_CATALOG_MAX_TERM_BYTES || number <= 0 ||
	    number > UINT32_MAX)
		return;
	common_term *slot = find_slot(common, text, size);
	slot->number = (uint32_t)number;
	slot->size = (uint8_t)size;
	memcpy(slot->text, text, size);
}

static int load_terms(tsi_catalog_common *common, tstream_error *err)
{
	sqlite3_stmt *rows = NULL;
	int step = SQLITE_DONE;
	int64_t count = tsi_catalog_ask_number(common->db, "SELECT count(*) FROM common_terms");
	if (count < 0 || count > TSI_CATALOG_MAX_COMMON)
		return tsi_fail(err, TSTREAM_EIO, "catalogue: the common terms cannot be read");
	if (make_slots(common, count) != TSTREAM_OK)
		return tsi_fail(err, TSTREAM_ENOMEM, "out of memory");
	/* No more than there are slots for, whatever else a file says. */
	int code = tsi_catalog_prepare(common->db, "SELECT number, term FROM common_terms LIMIT ?1",
	                               &rows, err);
	sqlite3_bind_int64(rows, 1, count);
	while (code == TSTREAM_OK && (step = sqlite3_step(rows)) == SQLITE_ROW)
		add_term(common, rows);
	sqlite3_finalize(rows);
	if (code == TSTREAM_OK && step != SQLITE_DONE)
		code = tsi_catalog_fail(common->db, err);
	return code;
}

int tsi_catalog_common_refresh(tsi_catalog_common *common, tstream_error *err)
{
	bool is_row = sqlite3_step(common->version) == SQLITE_ROW;
	int64_t version = is_row ? sqlite3_column_int64(common->version, 0) : -1;
	sqlite3_reset(common->version);
	if (!is_row)
		return tsi_catalog_fail(common->db, err);
	if (version == common->known_version)
		return TSTREAM_OK;
	common->known_version = -1;
	int code = load_terms(common, err);
	if (code == TSTREAM_OK)
		common->known_version = version;
	return code;
}

void tsi_catalog_common_forget(tsi_catalog_common *common)
{
	common->known_version = -1;
}

/* -- bits ----------------------------------------------------------------- */

int tsi_catalog_common_read(tsi_catalog_common *common, uint32_t term, int64_t *inout_block,
                            tsi_catalog_bits *out_bits)
{
	sqlite3_bind_int64(common->read, 1, term);
	sqlite3_bind_int64(common->read, 2, *inout_block);
	int step = sqlite3_step(common->read);
	int code = tsi_catalog_code_of(step);
	if (step == SQLITE_ROW) {
		const void *bits = sqlite3_column_blob(common->read, 1);
		code = TSTREAM_EIO;
		if (bits && sqlite3_column_bytes(common->read, 1) == sizeof(*out_bits)) {
			memcpy(out_bits, bits, sizeof(*out_bits));
			*inout_block = sqlite3_column_int64(common->read, 0);
			code = 1;
		}
	}
	sqlite3_reset(common->read);
	return code;
}

int tsi_catalog_common_write(tsi_catalog_common *common, uint32_t term, int64_t block,
                             const tsi_catalog_bits *bits, tstream_error *err)
{
	static const tsi_catalog_bits zeros;
	bool is_zero = memcmp(bits, &zeros, sizeof(zeros)) == 0;
	sqlite3_stmt *statement = is_zero ? common->erase : common->write;
	sqlite3_bind_int64(statement, 1, term);
	sqlite3_bind_int64(statement, 2, block);
	if (!is_zero)
		sqlite3_bind_blob(statement, 3, bits, sizeof(*bits), SQLITE_STATIC);
	return tsi_catalog_finish(common->db, statement, err);
}

/* -- notes ---------------------------------------------------------------- */

static bool grow_notes(tsi_catalog_common *common)
{
	size_t capacity = common->note_capacity ? 2 * common->note_capacity : 256;
	note *notes = realloc(common->notes, capacity * sizeof(*notes));
	if (!notes)
		return false;
	common->notes = notes;
	common->note_capacity = capacity;
	return true;
}

/** What is being noted of a title. */
typedef struct noting {
	tsi_catalog_common *common;
	int64_t id;
	bool is_there;
	bool is_lost; /**< out of memory */
} noting;

static void note_term(void *user, const char *term, size_t size)
{
	noting *own = user;
	tsi_catalog_common *common = own->common;
	uint32_t number = tsi_catalog_common_find(common, term, size);
	if (number == 0)
		return;
	if (common->note_count == common->note_capacity && !grow_notes(common)) {
		own->is_lost = true;
		return;
	}
	common->notes[common->note_count] = (note){.block = tsi_catalog_block_of(own->id),
	                                           .term = number,
	                                           .order = (uint32_t)common->note_count,
	                                           .bit = (uint16_t)tsi_catalog_bit_of(own->id),
	                                           .is_there = own->is_there};
	common->note_count++;
}

/** The function that the triggers call. */
static void note_title(sqlite3_context *context, int argument_count, sqlite3_value **arguments)
{
	noting own = {.common = sqlite3_user_data(context),
	              .id = sqlite3_value_int64(arguments[0]),
	              .is_there = sqlite3_value_int(arguments[2]) != 0};
	const char *title = (const char *)sqlite3_value_text(arguments[1]);
	(void)argument_count;
	if (!title || own.common->slot_count == 0)
		return;
	tsi_catalog_words_of_title(own.common->words, title, (size_t)sqlite3_value_bytes(arguments[1]),
	                           note_term, &own);
	if (own.is_lost)
		sqlite3_result_error_nomem(context);
}

static int compare_notes(const void *a, const void *b)
{
	const note *left = a;
	const note *right = b;
	if (left->term != right->term)
		return left->term < right->term ? -1 : 1;
	if (left->block != right->block)
		return left->block < right->block ? -1 : 1;
	return left->order < right->order ? -1 : left->order > right->order;
}

/** Those of one term and block.  @return how many they are; negative: why they are not written */
static int64_t write_group(tsi_catalog_common *common, const note *notes, size_t count,
                           tstream_error *err)
{
	tsi_catalog_bits bits = {{0}};
	int64_t block = notes->block;
	size_t taken = 0;
	int found = tsi_catalog_common_read(common, notes->term, &block, &bits);
	if (found < 0)
		return tsi_catalog_fail(common->db, err);
	if (found == 0 || block != notes->block)
		memset(&bits, 0, sizeof(bits));
	for (; taken < count && notes[taken].term == notes->term && notes[taken].block == notes->block;
	     taken++) {
		uint64_t mask = UINT64_C(1) << (notes[taken].bit & 63);
		if (notes[taken].is_there)
			bits.words[notes[taken].bit >> 6] |= mask;
		else
			bits.words[notes[taken].bit >> 6] &= ~mask;
	}
	int code = tsi_catalog_common_write(common, notes->term, notes->block, &bits, err);
	return code == TSTREAM_OK ? (int64_t)taken : code;
}

int tsi_catalog_common_flush(tsi_catalog_common *common, tstream_error *err)
{
	int64_t taken = 0;
	if (common->note_count > 1)
		qsort(common->notes, common->note_count, sizeof(note), compare_notes);
	for (size_t i = 0; i < common->note_count && taken >= 0; i += (size_t)taken) {
		taken = write_group(common, common->notes + i, common->note_count - i, err);
		if (taken < 0)
			break;
	}
	common->note_count = 0;
	return taken < 0 ? (int)taken : TSTREAM_OK;
}

int tsi_catalog_common_spill(tsi_catalog_common *common, tstream_error *err)
{
	return common->note_count < MANY_NOTES ? TSTREAM_OK : tsi_catalog_common_flush(common, err);
}

void tsi_catalog_common_drop(tsi_catalog_common *common)
{
	common->note_count = 0;
}

/* -- opening -------------------------------------------------------------- */

static const char read_sql[] = "SELECT block, bits FROM common_bits WHERE term=?1 AND block<=?2"
                               " ORDER BY block DESC LIMIT 1";
static const char write_sql[] = "INSERT INTO common_bits VALUES(?1, ?2, ?3)"
                                " ON CONFLICT(term, block) DO UPDATE SET bits=excluded.bits";
static const char erase_sql[] = "DELETE FROM common_bits WHERE term=?1 AND block=?2";

static int prepare(tsi_catalog_common *common, tstream_error *err)
{
	/* Innocuous: all that the function can do is to set bits of this catalogue. */
	int flags = SQLITE_UTF8 | SQLITE_INNOCUOUS;
	if (sqlite3_create_function_v2(common->db, TSI_CATALOG_NOTE_FUNCTION, 3, flags, common,
	                               note_title, NULL, NULL, NULL) != SQLITE_OK)
		return tsi_catalog_fail(common->db, err);
	int code = tsi_catalog_prepare(common->db, "PRAGMA data_version", &common->version, err);
	if (code == TSTREAM_OK)
		code = tsi_catalog_prepare(common->db, read_sql, &common->read, err);
	if (code == TSTREAM_OK)
		code = tsi_catalog_prepare(common->db, write_sql, &common->write, err);
	if (code == TSTREAM_OK)
		code = tsi_catalog_prepare(common->db, erase_sql, &common->erase, err);
	return code;
}

int tsi_catalog_common_open(sqlite3 *db, const tsi_catalog_words *words,
                            tsi_catalog_common **out_common, tstream_error *err)
{
	tsi_catalog_common *common = calloc(1, sizeof(*common));
	if (!common)
		return tsi_fail(err, TSTREAM_ENOMEM, "out of memory");
	common->db = db;
	common->words = words;
	common->known_version = -1;
	sqlite3_randomness(sizeof(common->key), common->key);
	*out_common = common;
	return prepare(common, err);
}

void tsi_catalog_common_close(tsi_catalog_common *common)
{
	if (!common)
		return;
	sqlite3_finalize(common->version);
	sqlite3_finalize(common->read);
	sqlite3_finalize(common->write);
	sqlite3_finalize(common->erase);
	free(common->slots);
	free(common->notes);
	free(common);
}
