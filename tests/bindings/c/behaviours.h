/**
 * behaviours.h - the calls that tests/bindings/behaviours.json names, through C.
 */
#ifndef BEHAVIOURS_H
#define BEHAVIOURS_H

#include <jansson.h>
#include <stdint.h>
#include <tstream/tstream.h>

#define MAX_OBJECTS 16

typedef enum object_type {
	NO_OBJECT,
	A_SESSION,
	A_TORRENT,
	A_READER,
	A_CACHE,
	A_CATALOG,
	A_SEARCH,
	A_QUERY,
	A_HISTORY,
	AN_ACCOUNTS,
} object_type;

struct object {
	const char *name;
	object_type type;
	union {
		void *any;
		tstream_session *session;
		tstream_torrent *torrent;
		tstream_reader *reader;
		tstream_cache *cache;
		tstream_catalog *catalog;
		tstream_search *search;
		tstream_query *query;
		tstream_history *history;
		tstream_accounts *accounts;
	} is;
};

/** The state of one behaviour. */
struct scene {
	json_t *world;
	const char *scratch; /**< a directory of its own, with a slash at its end */
	struct object objects[MAX_OBJECTS];
	size_t object_count;
};

/** How a call ended.  A negative code, or a text, or bytes, or else a number. */
typedef struct outcome {
	int64_t number;
	char *text;  /**< malloc()ed */
	void *bytes; /**< malloc()ed */
	size_t size;
} outcome;

/** Do what a step says.  @return 1; 0 if there is no such call or no such object */
int call(struct scene *scene, json_t *step, outcome *out);

/** Close what a behaviour left open, the last one first. */
void close_all(struct scene *scene);

/** A step's argument; "$x.y" is looked up in the world.  NULL if it is not there. */
json_t *argument(struct scene *scene, json_t *step, const char *key);

/** @return the whole file, malloc()ed; NULL if it cannot be read */
void *read_file(const char *path, size_t *out_size);

#endif
