/**
 * scene.h - the objects and arguments of a behaviour's steps.
 */
#ifndef SCENE_H
#define SCENE_H

#include "behaviours.h"

typedef struct known_call {
	const char *name;
	object_type on; /**< what it is done to */
	void (*run)(struct scene *scene, json_t *step, outcome *out);
} known_call;

/** Each ends with a name that is NULL. */
extern const known_call known_calls[]; /* calls.c: torrents */
extern const known_call store_calls[]; /* calls_store.c: caches, searches, histories */

/** An argument, or "" and @p otherwise if it is not given. */
const char *text_of(struct scene *scene, json_t *step, const char *key);
int64_t number_of(struct scene *scene, json_t *step, const char *key, int64_t otherwise);

/** The object with this name; NULL if there is none. */
struct object *find_object(struct scene *scene, const char *name);

/** The object that a step is done to; call() has checked that it is of that type. */
tstream_session *session_of(struct scene *scene, json_t *step);
tstream_torrent *torrent_of(struct scene *scene, json_t *step);
tstream_reader *reader_of(struct scene *scene, json_t *step);

/** The same, of any type. */
void *any_of(struct scene *scene, json_t *step);

/** Keep what a step gave under the name it says; nothing if it gave NULL. */
void keep(struct scene *scene, json_t *step, object_type type, void *made);

/** NULL is fine. */
void close_object(struct object *object);

void pause_us(long us);

#endif
