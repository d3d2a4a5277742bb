/**
 * search/items.h - the torrents in a Torznab answer, an RSS or an Atom feed.
 *
 * One reader for all, since indexers mix their dialects: Torznab and newznab attributes,
 * ezRSS, nyaa, BEP 36 enclosures, Media RSS.
 */
#ifndef TSI_SEARCH_ITEMS_H
#define TSI_SEARCH_ITEMS_H

#include <stdbool.h>
#include <stdint.h>
#include <tstream/search.h>

/** A finding under way; the strings live as long as the callback runs. */
typedef bool (*tsi_item_fn)(void *user, const tstream_found *found);

typedef struct tsi_items_ask {
	const char *bytes;
	size_t size;
	const char *content_type;
	const char *url; /**< what relative links are relative to; "" drops them */
	int64_t now_s;
	tsi_item_fn take; /**< @return false to stop */
	void *user;
} tsi_items_ask;

typedef struct tsi_items_report {
	int outcome;    /**< a TSI_XML_ */
	bool is_answer; /**< the root is that of a feed, of capabilities or of an error */
	bool is_error;  /**< ... of an error */
	int error_code; /**< Torznab's; 0: none */
	char error_text[256];
	uint32_t item_count;
	int32_t max_limit; /**< of capabilities; 0: not said */
	bool has_caps;
	bool has_search;   /**< t=search takes a text */
	bool has_tvsearch; /**< t=tvsearch does */
	bool has_movie;    /**< t=movie does */
} tsi_items_report;

void tsi_items_read(const tsi_items_ask *ask, tsi_items_report *out_report);

#endif
