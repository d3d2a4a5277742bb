#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

json_t *argument(struct scene *scene, json_t *step, const char *key)
{
	json_t *value = json_object_get(step, key);
	const char *text = json_string_value(value);
	if (text && text[0] == '$')
		return json_object_get(json_object_get(scene->world, "facts"), text + 1);
	return value;
}

const char *text_of(struct scene *scene, json_t *step, const char *key)
{
	const char *text = json_string_value(argument(scene, step, key));
	return text ? text : "";
}

int64_t number_of(struct scene *scene, json_t *step, const char *key, int64_t otherwise)
{
	json_t *value = argument(scene, step, key);
	return json_is_integer(value) ? (int64_t)json_integer_value(value) : otherwise;
}

struct object *find_object(struct scene *scene, const char *name)
{
	for (size_t i = scene->object_count; i-- > 0;)
		if (scene->objects[i].is.any && strcmp(scene->objects[i].name, name) == 0)
			return &scene->objects[i];
	return NULL;
}

tstream_session *session_of(struct scene *scene, json_t *step)
{
	return find_object(scene, text_of(scene, step, "on"))->is.session;
}

tstream_torrent *torrent_of(struct scene *scene, json_t *step)
{
	return find_object(scene, text_of(scene, step, "on"))->is.torrent;
}

tstream_reader *reader_of(struct scene *scene, json_t *step)
{
	return find_object(scene, text_of(scene, step, "on"))->is.reader;
}

void *any_of(struct scene *scene, json_t *step)
{
	return find_object(scene, text_of(scene, step, "on"))->is.any;
}

void close_object(struct object *object)
{
	if (!object || !object->is.any)
		return;
	switch (object->type) {
	case A_SESSION:
		tstream_session_close(object->is.session);
		break;
	case A_TORRENT:
		tstream_torrent_unref(object->is.torrent);
		break;
	case A_READER:
		tstream_reader_close(object->is.reader);
		break;
	case A_CACHE:
		tstream_cache_close(object->is.cache);
		break;
	case A_CATALOG:
		tstream_catalog_close(object->is.catalog);
		break;
	case A_SEARCH:
		tstream_search_close(object->is.search);
		break;
	case A_QUERY:
		tstream_query_close(object->is.query);
		break;
	case A_HISTORY:
		tstream_history_close(object->is.history);
		break;
	case AN_ACCOUNTS:
		tstream_accounts_close(object->is.accounts);
		break;
	case NO_OBJECT:
		break;
	}
	object->is.any = NULL;
}

void keep(struct scene *scene, json_t *step, object_type type, void *made)
{
	if (!made)
		return;
	struct object kept = {json_string_value(json_object_get(step, "as")), type, {made}};
	if (kept.name && scene->object_count < MAX_OBJECTS)
		scene->objects[scene->object_count++] = kept;
	else
		close_object(&kept);
}

void close_all(struct scene *scene)
{
	while (scene->object_count)
		close_object(&scene->objects[--scene->object_count]);
}

static const known_call *find_call(const known_call *known, const char *name)
{
	while (known->name && strcmp(known->name, name) != 0)
		known++;
	return known->name ? known : NULL;
}

int call(struct scene *scene, json_t *step, outcome *out)
{
	const char *name = text_of(scene, step, "do");
	const struct object *on = find_object(scene, text_of(scene, step, "on"));
	const known_call *known = find_call(known_calls, name);
	if (!known)
		known = find_call(store_calls, name);
	if (!known || (known->on != NO_OBJECT && (!on || on->type != known->on)))
		return 0;
	known->run(scene, step, out);
	return 1;
}

void *read_file(const char *path, size_t *out_size)
{
	FILE *file = fopen(path, "rb");
	char *bytes = NULL;
	if (!file)
		return NULL;
	fseek(file, 0, SEEK_END);
	*out_size = (size_t)ftell(file);
	rewind(file);
	bytes = malloc(*out_size + 1);
	*out_size = bytes ? fread(bytes, 1, *out_size, file) : 0;
	fclose(file);
	return bytes;
}

void pause_us(long us)
{
	struct timespec time = {0, us * 1000};
	nanosleep(&time, NULL);
}
