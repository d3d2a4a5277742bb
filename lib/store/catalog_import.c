/**
 * store/catalog_import.c - entries as programs and lists give them, one by one and by lines.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/text.h"
#include "store/catalog.h"

/* So many lines are one transaction: quick, and others need not wait for the whole list. */
#define BATCH_LINES 1000
#define LONG_LIST_LINES 10000
#define MAX_LINE_BYTES (TSTREAM_MAX_MAGNET_BYTES + 4 * TSTREAM_MAX_TITLE_BYTES)

/** Cut at the beginning of a character. */
static void cut(char *text, size_t most)
{
	size_t size = strlen(text);
	if (size <= most)
		return;
	while (most > 0 && ((unsigned char)text[most] & 0xc0) == 0x80)
		most--;
	text[most] = '\0';
}

int tsi_catalog_make_row(const tstream_catalog_entry *entry, tsi_catalog_row *out_row,
                         char **out_title, tstream_error *err)
{
	tsi_magnet magnet;
	if (!entry->title || !entry->magnet)
		return tsi_fail(err, TSTREAM_EINVAL, "catalogue: title and magnet are required");
	int code = tsi_magnet_parse(entry->magnet, &magnet, err);
	if (code != TSTREAM_OK)
		return code;
	*out_row = (tsi_catalog_row){
	    .infohash = magnet.infohash,
	    .magnet = tsi_text_starts_with(entry->magnet, "magnet:") ? entry->magnet : NULL,
	    .category = entry->category,
	    .size = entry->size < 0 ? -1 : entry->size,
	    .published_s = entry->published_s < 0 ? -1 : entry->published_s,
	};
	tsi_magnet_clear(&magnet);
	char *title = tsi_text_clean(entry->title, strlen(entry->title));
	if (!title)
		return tsi_fail(err, TSTREAM_ENOMEM, "out of memory");
	cut(title, TSTREAM_MAX_TITLE_BYTES);
	if (*title == '\0') {
		free(title);
		return tsi_fail(err, TSTREAM_EINVAL, "catalogue: an entry without a title");
	}
	out_row->title = *out_title = title;
	return TSTREAM_OK;
}

/* -- lines ---------------------------------------------------------------- */

typedef struct reading {
	const char *at;
	const char *end;
	size_t line_number;
	size_t count; /**< entries put */
} reading;

/** Cut off the field before the next tab.  @return NULL if there is no more */
static char *next_field(char **rest)
{
	return *rest ? strsep(rest, "\t") : NULL;
}

/** An absent field is unknown.  @return false if it is no number */
static bool read_number(const char *field, int64_t unknown, int64_t most, int64_t *out_number)
{
	char *end = NULL;
	*out_number = unknown;
	if (!field || !*field)
		return true;
	errno = 0;
	long long number = strtoll(field, &end, 10);
	if (errno || *end || number < unknown || number > most)
		return false;
	*out_number = number;
	return true;
}

/** @param line  is cut up */
static int put_line(tstream_catalog *catalog, char *line, tstream_error *err)
{
	tstream_catalog_entry entry = TSTREAM_CATALOG_ENTRY_INIT;
	tsi_catalog_row row;
	char *title = NULL;
	char *rest = line;
	int64_t category = 0;
	entry.title = next_field(&rest);
	entry.magnet = next_field(&rest);
	if (!read_number(next_field(&rest), -1, INT64_MAX, &entry.size) ||
	    !read_number(next_field(&rest), 0, UINT32_MAX, &category) ||
	    !read_number(next_field(&rest), -1, INT64_MAX, &entry.published_s) || rest)
		return tsi_fail(err, TSTREAM_EINVAL, "numbers go after the magnet, three at most");
	entry.category = (uint32_t)category;
	int code = tsi_catalog_make_row(&entry, &row, &title, err);
	if (code == TSTREAM_OK)
		code = tsi_catalog_put_held(catalog, &row, false, err);
	free(title);
	return code;
}

static int put_next_line(tstream_catalog *catalog, reading *list, tstream_error *err)
{
	char line[MAX_LINE_BYTES];
	const char *newline = memchr(list->at, '\n', (size_t)(list->end - list->at));
	size_t size = (size_t)((newline ? newline : list->end) - list->at);
	const char *begin = list->at;
	list->at = newline ? newline + 1 : list->end;
	list->line_number++;
	if (size > 0 && begin[size - 1] == '\r')
		size--;
	if (size == 0 || *begin == '#')
		return TSTREAM_OK;
	if (size >= sizeof(line) || memchr(begin, '\0', size))
		return tsi_fail(err, TSTREAM_EINVAL, "too long, or not text");
	memcpy(line, begin, size);
	line[size] = '\0';
	int code = put_line(catalog, line, err);
	list->count += code == TSTREAM_OK;
	return code;
}

int tsi_catalog_put_films_held(tstream_catalog *catalog, tstream_error *err)
{
	reading list = {.at = tsi_catalog_films, .end = tsi_catalog_films + strlen(tsi_catalog_films)};
	int code = TSTREAM_OK;
	while (code == TSTREAM_OK && list.at < list.end)
		code = put_next_line(catalog, &list, err);
	return code;
}

static int put_batch(tstream_catalog *catalog, reading *list, tstream_error *err)
{
	int bad = TSTREAM_OK;
	int code = tsi_catalog_begin(catalog, err);
	if (code != TSTREAM_OK)
		return code;
	for (int i = 0; bad == TSTREAM_OK && i < BATCH_LINES && list->at < list->end; i++)
		bad = put_next_line(catalog, list, err);
	/* What came before a bad line stays; what failed for other reasons is undone. */
	code = tsi_catalog_end(catalog, bad == TSTREAM_EINVAL ? TSTREAM_OK : bad, err);
	return code == TSTREAM_OK ? bad : code;
}

int tsi_catalog_import(tstream_catalog *catalog, const char *text, size_t size, size_t *out_count,
                       tstream_error *err)
{
	tstream_error why = {0};
	reading list = {.at = text, .end = text + size};
	size_t kept = 0;
	int code = TSTREAM_OK;
	while (code == TSTREAM_OK && list.at < list.end) {
		code = put_batch(catalog, &list, &why);
		if (code == TSTREAM_OK || code == TSTREAM_EINVAL)
			kept = list.count;
	}
	if (kept >= LONG_LIST_LINES)
		tsi_catalog_tidy(catalog);
	if (out_count)
		*out_count = kept;
	if (code == TSTREAM_OK)
		return code;
	return tsi_fail(err, code, "line %zu: %s", list.line_number, why.message);
}
