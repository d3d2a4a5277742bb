#include "history_json.h"

#include "clock.h"

#include <inttypes.h>
#include <stdio.h>

static json_t *time_to_json(int64_t at_us)
{
	char text[CLOCK_RFC3339_BYTES];

	clock_format_rfc3339(at_us / 1000000, text);
	return json_string(text);
}

json_t *history_json_ms(int64_t us)
{
	return us > 0 ? json_integer(us / 1000) : json_null();
}

json_t *history_json_entry(const tstream_history_entry *entry)
{
	char url[160];

	snprintf(url, sizeof(url), "/api/stream?infohash=%s&file_index=%" PRIu32, entry->infohash,
	         entry->file_index);
	return json_pack(
	    "{s:s, s:s, s:I, s:s, s:s, s:o, s:o, s:o, s:o, s:s}", "id", entry->id, "infohash",
	    entry->infohash, "file_index", (json_int_t)entry->file_index, "magnet", entry->magnet,
	    "title", entry->title, "watched_at", time_to_json(entry->watched_at_us), "updated_at",
	    time_to_json(entry->updated_at_us), "position_ms", history_json_ms(entry->position_us),
	    "duration_ms", history_json_ms(entry->duration_us), "stream_url", url);
}

json_t *history_json_page(const tstream_history_page *page)
{
	const char *cursor = tstream_history_page_get_cursor(page);
	json_t *entries = json_array();
	uint32_t count = tstream_history_page_get_count(page);

	for (uint32_t i = 0; i < count; i++) {
		tstream_history_entry entry = TSTREAM_HISTORY_ENTRY_INIT;
		if (tstream_history_page_get_entry(page, i, &entry) == 0)
			json_array_append_new(entries, history_json_entry(&entry));
	}
	return json_pack("{s:o, s:s?}", "history", entries, "next_cursor", cursor[0] ? cursor : NULL);
}

static json_t *film_to_json(const tstream_popular_film *film)
{
	return json_pack("{s:s, s:s, s:s, s:I, s:o}", "infohash", film->infohash, "magnet",
	                 film->magnet, "title", film->title, "session_count",
	                 (json_int_t)film->session_count, "watched_at",
	                 time_to_json(film->watched_at_us));
}

json_t *history_json_popular(const tstream_popular *popular)
{
	json_t *films = json_array();
	uint32_t count = tstream_popular_get_count(popular);

	for (uint32_t i = 0; i < count; i++) {
		tstream_popular_film film = TSTREAM_POPULAR_FILM_INIT;
		if (tstream_popular_get_film(popular, i, &film) == 0)
			json_array_append_new(films, film_to_json(&film));
	}
	return json_pack("{s:o}", "films", films);
}
