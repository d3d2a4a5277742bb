/**
 * search/links.h - what the ids of results stand for, kept in this process only.
 *
 * Links carry API keys; so they are shown to nobody and leave for no cache.  The latest
 * TSI_MAX_LINKS are remembered.
 */
#ifndef TSI_SEARCH_LINKS_H
#define TSI_SEARCH_LINKS_H

#include <stdbool.h>
#include <stdint.h>
#include <tstream/search.h>

#define TSI_MAX_LINKS 20000

typedef struct tsi_link {
	char id[TSTREAM_RESULT_ID_BYTES];
	char *text; /**< a URL, or a provider's own reference */
	bool is_reference;
	uint64_t provider_serial;
	uint32_t next; /**< in its chain: index + 1 */
} tsi_link;

typedef struct tsi_links {
	tsi_link *ring;
	uint32_t *heads; /**< of chains: index + 1 */
	uint32_t capacity;
	uint32_t count;
	uint32_t oldest;
} tsi_links;

/** Remember, or renew, what an id stands for.  @return 0, ENOMEM */
int tsi_links_put(tsi_links *links, const char *id, const char *text, bool is_reference,
                  uint64_t provider_serial);

/** @return lent until the next put; NULL: not known */
const tsi_link *tsi_links_find(const tsi_links *links, const char *id);

void tsi_links_clear(tsi_links *links);

#endif
