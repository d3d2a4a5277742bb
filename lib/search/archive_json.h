/**
 * search/archive_json.h - what the Internet Archive's advanced search answers, as findings.
 */
#ifndef TSI_SEARCH_ARCHIVE_JSON_H
#define TSI_SEARCH_ARCHIVE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <tstream/search.h>

typedef struct tsi_archive_ask {
	const char *bytes;
	size_t size;
	const char *base; /**< "https://archive.org" */
	int64_t now_s;
	bool (*take)(void *user, const tstream_found *found); /**< @return false to stop */
	void *user;
} tsi_archive_ask;

/** @return how many documents there were; -1: it is no such answer */
int tsi_archive_read(const tsi_archive_ask *ask);

#endif
