/* history_json.h - sittings and popular films as JSON. */
#ifndef SERVER_HISTORY_JSON_H
#define SERVER_HISTORY_JSON_H

#include <jansson.h>
#include <tstream/tstream.h>

/* NULL if out of memory. */
json_t *history_json_entry(const tstream_history_entry *entry);
json_t *history_json_page(const tstream_history_page *page);
json_t *history_json_popular(const tstream_popular *popular);

/* Microseconds as milliseconds; 0, which is not known, as null. */
json_t *history_json_ms(int64_t us);

#endif
