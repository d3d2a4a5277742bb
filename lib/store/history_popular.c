/**
 * store/history_popular.c - which films most sessions watched.
 *
 * Triggers in the database keep the counts (lib/store/migrations/0002_popular); what they
 * cannot know is that a day is over.  Then a window of popular_clock moves on here, when it
 * is asked for, and what falls out of it is subtracted.  docs/history-queries.md has the reasons.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "core/magnet.h"
#include "core/magnet_public.h"
#include "core/text.h"
#include "core/timestamp.h"
#include "store/history.h"

/* Triggers take it shared; who moves the clock takes it alone.  See 0002_popular. */
#define CLOCK_LOCK INT64_C(8390891584336884588)
/* The window of all time. */
#define ALL_DAYS 1000000
/* How many candidates are looked at a time where a window is not kept counted: so many more
 * than are asked for, then twice as many each time. */
#define FIRST_BATCH_FILMS 30
#define MAX_BATCH_FILMS 500
/* How many films' names are asked for at a time. */
#define NAMES_AT_ONCE 10

/* As in popular_clock. */
static const int64_t kept_windows[] = {1, 3, 7, 14, 30, 90, 180, 365, ALL_DAYS};

/* -- the clock ------------------------------------------------------------- */

static int find_clock(tsi_sql_link *link, int64_t window, int64_t *out_day, tstream_error *err)
{
	static const tsi_sql_statement query = {
	    "SELECT through_day FROM popular_clock WHERE days = $1"};
	tsi_sql_value value = tsi_sql_integer(window);
	tsi_sql_rows rows = {0};
	int code = tsi_sql_run(link, &query, &value, 1, &rows, err);

	*out_day = tsi_sql_rows_integer(&rows, 0, 0);
	tsi_sql_rows_clear(&rows);
	return code;
}

/** Subtract the days from @p first to @p last from one window. */
static int let_fall(tsi_sql_link *link, int64_t window, int64_t first, int64_t last,
                    tstream_error *err)
{
	static const tsi_sql_statement subtract = {
	    "UPDATE popular_windows SET session_count = session_count - (SELECT "
	    "sum(d.session_count) FROM popular_days d WHERE d.infohash = popular_windows.infohash "
	    "AND d.day >= $2 AND d.day <= $3) WHERE days = $1 AND infohash IN "
	    "(SELECT infohash FROM popular_days WHERE day >= $2 AND day <= $3)"};
	static const tsi_sql_statement tidy = {
	    "DELETE FROM popular_windows WHERE days = $1 AND session_count <= 0"};
	const tsi_sql_value values[] = {tsi_sql_integer(window), tsi_sql_integer(first),
	                                tsi_sql_integer(last)};
	int code = tsi_sql_run(link, &subtract, values, 3, NULL, err);

	return code == TSTREAM_OK ? tsi_sql_run(link, &tidy, values, 1, NULL, err) : code;
}

/** Count one window from its days: after a clock was wrong and is right again. */
static int recount(tsi_sql_link *link, int64_t window, int64_t today, tstream_error *err)
{
	static const tsi_sql_statement forget = {"DELETE FROM popular_windows WHERE days = $1"};
	static const tsi_sql_statement count = {
	    "INSERT INTO popular_windows (infohash, days, session_count) "
	    "SELECT infohash, CAST($1 AS INTEGER), sum(session_count) FROM popular_days "
	    "WHERE day > $2 GROUP BY infohash"};
	const tsi_sql_value values[] = {tsi_sql_integer(window), tsi_sql_integer(today - window)};
	int code = tsi_sql_run(link, &forget, values, 1, NULL, err);

	return code == TSTREAM_OK ? tsi_sql_run(link, &count, values, 2, NULL, err) : code;
}

/** True if the windows hold the wrong days.  Servers whose clocks differ by minutes around
 *  midnight do not move them back and forth. */
static bool is_off(int64_t through_day, int64_t today)
{
	return through_day < today || through_day > today + 1;
}

/* -- the list -------------------------------------------------------------- */

typedef struct ranking {
	int64_t window; /* kept counted, and not smaller than days */
	int64_t days;
	int64_t through; /* the day on which the kept windows end: today, or tomorrow */
	int64_t today;
	uint32_t limit;
	bool is_off;
	tstream_popular *popular;
} ranking;

static bool is_before(int64_t count, const char *infohash, int64_t other_count,
                      const char *other_infohash)
{
	return count > other_count || (count == other_count && strcmp(infohash, other_infohash) < 0);
}

/** Where it belongs, if it does.  @return NULL if it does not */
static tsi_popular_film *add_film(ranking *it, const char *infohash, int64_t session_count)
{
	tsi_popular_film *films = it->popular->films;
	size_t at = it->popular->count;

	while (at > 0 &&
	       is_before(session_count, infohash, films[at - 1].session_count, films[at - 1].infohash))
		at--;
	if (session_count <= 0 || at >= it->limit)
		return NULL;
	if (it->popular->count < it->limit)
		it->popular->count++;
	for (size_t i = it->popular->count - 1; i > at; i--)
		films[i] = films[i - 1];
	films[at] = (tsi_popular_film){.session_count = session_count};
	tsi_text_copy(films[at].infohash, sizeof(films[at].infohash), infohash);
	return &films[at];
}

/** A magnet as others may see it.  @return yours to free(); NULL: it is none, or no memory */
static char *make_public(const char *magnet)
{
	tsi_magnet parsed;
	char *public_magnet = NULL;

	if (tsi_magnet_parse(magnet, &parsed, NULL) != TSTREAM_OK)
		return NULL;
	public_magnet = tsi_magnet_public(&parsed, parsed.name);
	tsi_magnet_clear(&parsed);
	return public_magnet;
}

/** Take what a film's newest sitting says out of a row: three columns, from @p column on. */
static void take_name(tsi_popular_film *film, tsi_sql_rows *rows, size_t row, size_t column)
{
	char **title = rows->cells + row * rows->column_count + column + 1;

	film->magnet = make_public(tsi_sql_rows_text(rows, row, column));
	film->title = *title;
	*title = NULL;
	film->watched_at_us = tsi_sql_rows_time(rows, row, column + 2);
}

/** A window that is kept counted: its films in order, as they lie in an index. */
static int rank_by_window(tsi_sql_link *link, ranking *it, tstream_error *err)
{
	static const tsi_sql_statement query = {
	    "SELECT p.infohash, p.session_count, t.magnet, t.title, t.watched_at FROM "
	    "(SELECT infohash, session_count FROM popular_windows WHERE days = $1 "
	    "ORDER BY session_count DESC, infohash LIMIT $2) p JOIN watched_torrents t ON t.id = "
	    "(SELECT x.id FROM watched_torrents x WHERE x.infohash = p.infohash "
	    "ORDER BY x.watched_at DESC, x.id DESC LIMIT 1)"};
	const tsi_sql_value values[] = {tsi_sql_integer(it->window), tsi_sql_integer(it->limit)};
	tsi_sql_rows rows = {0};
	int code = tsi_sql_run(link, &query, values, 2, &rows, err);

	for (size_t i = 0; i < rows.row_count; i++) {
		tsi_popular_film *film =
		    add_film(it, tsi_sql_rows_text(&rows, i, 0), tsi_sql_rows_integer(&rows, i, 1));
		if (film)
			take_name(film, &rows, i, 2);
	}
	tsi_sql_rows_clear(&rows);
	return code;
}

/** The days that tell a film's count in a window that is not kept: its own, or those that the
 *  kept one has beyond it, whichever are fewer. */
typedef struct counted_days {
	int64_t after;
	int64_t last;
	bool are_beyond;
} counted_days;

static int choose_days(tsi_sql_link *link, const ranking *it, counted_days *out, tstream_error *err)
{
	static const tsi_sql_statement query = {"SELECT min(day) FROM popular_days"};
	tsi_sql_rows rows = {0};
	int code = tsi_sql_run(link, &query, NULL, 0, &rows, err);
	int64_t before_all = tsi_sql_rows_integer(&rows, 0, 0) - 1;
	int64_t before_window = it->through - it->window;
	int64_t before_days = it->today - it->days;

	tsi_sql_rows_clear(&rows);
	if (before_window < before_all)
		before_window = before_all;
	*out = (counted_days){before_days, it->today + 1, false};
	if (before_days - before_window < it->days)
		*out = (counted_days){before_window, before_days, true};
	return code;
}

/** The last of the larger window's films that was tried. */
typedef struct candidate {
	int64_t session_count;
	char infohash[TSTREAM_INFOHASH_BYTES];
} candidate;

static int add_batch(tsi_sql_link *link, ranking *it, const counted_days *days, candidate *last,
                     size_t batch_films, size_t *out_count, tstream_error *err)
{
	static const tsi_sql_statement query = {
	    "SELECT infohash, session_count, (SELECT sum(d.session_count) FROM popular_days d "
	    "WHERE d.infohash = w.infohash AND d.day > $2 AND d.day <= $3) FROM popular_windows w "
	    "WHERE days = $1 AND session_count <= $4 AND (session_count < $4 OR infohash > $5) "
	    "ORDER BY session_count DESC, infohash LIMIT $6"};
	const tsi_sql_value values[] = {
	    tsi_sql_integer(it->window),  tsi_sql_integer(days->after),
	    tsi_sql_integer(days->last),  tsi_sql_integer(last->session_count),
	    tsi_sql_text(last->infohash), tsi_sql_integer((int64_t)batch_films)};
	tsi_sql_rows rows = {0};
	int code = tsi_sql_run(link, &query, values, 6, &rows, err);

	for (size_t i = 0; i < rows.row_count; i++) {
		int64_t sum = tsi_sql_rows_integer(&rows, i, 2);
		last->session_count = tsi_sql_rows_integer(&rows, i, 1);
		add_film(it, tsi_sql_rows_text(&rows, i, 0),
		         days->are_beyond ? last->session_count - sum : sum);
	}
	if (rows.row_count > 0)
		tsi_text_copy(last->infohash, sizeof(last->infohash),
		              tsi_sql_rows_text(&rows, rows.row_count - 1, 0));
	*out_count = rows.row_count;
	tsi_sql_rows_clear(&rows);
	return code;
}

/** Any other window: no film has more sessions in it than in the larger one, so films are
 *  tried in that one's order until the next could not come in any more. */
static int rank_by_days(tsi_sql_link *link, ranking *it, tstream_error *err)
{
	const tstream_popular *popular = it->popular;
	counted_days days;
	candidate last = {.session_count = INT64_MAX};
	size_t batch_films = FIRST_BATCH_FILMS + it->limit;
	size_t count = 0;
	int code = choose_days(link, it, &days, err);

	while (code == TSTREAM_OK) {
		code = add_batch(link, it, &days, &last, batch_films, &count, err);
		bool is_full = popular->count == it->limit &&
		               popular->films[it->limit - 1].session_count > last.session_count;
		if (count < batch_films || is_full)
			break;
		batch_films = batch_films * 2 < MAX_BATCH_FILMS ? batch_films * 2 : MAX_BATCH_FILMS;
	}
	return code;
}

/* -- names ----------------------------------------------------------------- */

/** Those of some films that have none yet. */
static int name_films(tsi_sql_link *link, tsi_popular_film *films, size_t count, tstream_error *err)
{
	static const tsi_sql_statement query = {
	    "SELECT infohash, magnet, title, watched_at FROM watched_torrents WHERE id IN (SELECT "
	    "(SELECT x.id FROM watched_torrents x WHERE x.infohash = films.column1 "
	    "ORDER BY x.watched_at DESC, x.id DESC LIMIT 1) FROM "
	    "(VALUES ($1), ($2), ($3), ($4), ($5), ($6), ($7), ($8), ($9), ($10)) AS films)"};
	tsi_sql_value values[NAMES_AT_ONCE];
	tsi_sql_rows rows = {0};

	for (size_t i = 0; i < NAMES_AT_ONCE; i++)
		values[i] = tsi_sql_text(i < count ? films[i].infohash : "");
	int code = tsi_sql_run(link, &query, values, NAMES_AT_ONCE, &rows, err);
	for (size_t row = 0; row < rows.row_count; row++) {
		for (size_t i = 0; i < count; i++) {
			if (strcmp(films[i].infohash, tsi_sql_rows_text(&rows, row, 0)) == 0)
				take_name(&films[i], &rows, row, 1);
		}
	}
	tsi_sql_rows_clear(&rows);
	return code;
}

static int name_all(tsi_sql_link *link, tstream_popular *popular, tstream_error *err)
{
	int code = TSTREAM_OK;

	for (size_t i = 0; i < popular->count && code == TSTREAM_OK; i += NAMES_AT_ONCE) {
		size_t left = popular->count - i;
		code =
		    name_films(link, &popular->films[i], left < NAMES_AT_ONCE ? left : NAMES_AT_ONCE, err);
	}
	return code;
}

static void forget_films(tstream_popular *popular)
{
	for (size_t i = 0; i < popular->count; i++) {
		free(popular->films[i].magnet);
		free(popular->films[i].title);
	}
	popular->count = 0;
}

/** Of the window that is asked for alone: after months in which nobody asked, all of them would
 *  not come within a time limit, and never would. */
static int move_clock(tsi_sql_link *link, void *user, tstream_error *err)
{
	static const tsi_sql_statement update = {
	    "UPDATE popular_clock SET through_day = $1 WHERE days = $2"};
	const ranking *it = user;
	const tsi_sql_value values[] = {tsi_sql_integer(it->today), tsi_sql_integer(it->window)};
	int64_t through = 0;
	int code = tsi_sql_lock(link, CLOCK_LOCK, err);

	if (code == TSTREAM_OK)
		code = find_clock(link, it->window, &through, err);
	if (code != TSTREAM_OK || !is_off(through, it->today))
		return code;
	if (through < it->today)
		code = let_fall(link, it->window, through - it->window + 1, it->today - it->window, err);
	else
		code = recount(link, it->window, it->today, err);
	return code == TSTREAM_OK ? tsi_sql_run(link, &update, values, 2, NULL, err) : code;
}

static int rank_work(tsi_sql_link *link, void *user, tstream_error *err)
{
	ranking *it = user;
	int code = find_clock(link, it->window, &it->through, err);

	forget_films(it->popular);
	it->is_off = is_off(it->through, it->today);
	if (code != TSTREAM_OK || it->is_off)
		return code;
	if (it->window == it->days)
		return rank_by_window(link, it, err);
	code = rank_by_days(link, it, err);
	return code == TSTREAM_OK ? name_all(link, it->popular, err) : code;
}

int tsi_history_popular(tstream_history *history, uint32_t days, uint32_t limit,
                        tstream_popular **out_popular, tstream_error *err)
{
	size_t window = 0;
	ranking it = {
	    .days = days ? days : ALL_DAYS, .today = tsi_timestamp_day(tsi_wall_us()), .limit = limit};
	while (kept_windows[window] < it.days)
		window++;
	it.window = kept_windows[window];
	it.popular = calloc(1, sizeof(*it.popular));
	if (!it.popular)
		return tsi_fail(err, TSTREAM_ENOMEM, "out of memory");
	int code = tsi_sql_read(history->sql, rank_work, &it, err);
	if (code == TSTREAM_OK && it.is_off) {
		code = tsi_sql_write(history->sql, move_clock, &it, err);
		if (code == TSTREAM_OK)
			code = tsi_sql_read(history->sql, rank_work, &it, err);
	}
	if (code == TSTREAM_OK)
		*out_popular = it.popular;
	else
		tsi_popular_free(it.popular);
	return code;
}

void tsi_popular_describe(const tstream_popular *popular, uint32_t index,
                          tstream_popular_film *out_film)
{
	const tsi_popular_film *film = &popular->films[index];

	memcpy(out_film->infohash, film->infohash, sizeof(out_film->infohash));
	out_film->session_count = (uint32_t)film->session_count;
	/* Without a name its last sitting was removed while the list was made. */
	out_film->magnet = film->magnet ? film->magnet : "";
	out_film->title = film->title ? film->title : film->infohash;
	out_film->watched_at_us = film->watched_at_us;
}

void tsi_popular_free(tstream_popular *popular)
{
	if (!popular)
		return;
	forget_films(popular);
	free(popular);
}
