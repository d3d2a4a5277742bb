/*
 * behaviours TABLE WORLD SCRATCH - run tests/bindings/behaviours.json through the C API.
 *
 * Prints "ok NAME" or "not ok NAME: WHY" for each; the status is 1 if one was not ok.
 */
#include "behaviours.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define WHY_BYTES 512

static const char *const code_names[] = {
    "OK",     "EINVAL", "ENOMEM", "EAGAIN", "ETIMEDOUT", "ECANCELED", "EIO",      "ENOENT",
    "ENOSPC", "EACCES", "EBUSY",  "ELIMIT", "ENOTSUP",   "ENET",      "EREFUSED", "EINTERNAL"};

static const char *code_name(int64_t code)
{
	return code <= 0 && code > -16 ? code_names[-code] : "?";
}

static int are_bytes(struct scene *scene, json_t *wanted, const outcome *out, char *why)
{
	json_t *torrent = json_object_get(json_object_get(scene->world, "torrents"),
	                                  json_string_value(json_object_get(wanted, "of")));
	json_t *path = json_array_get(json_object_get(torrent, "files"),
	                              (size_t)json_integer_value(json_object_get(wanted, "file")));
	size_t size = 0;
	char *expected = read_file(json_string_value(path), &size);
	json_t *to = json_object_get(wanted, "to");
	size_t from = (size_t)json_integer_value(json_object_get(wanted, "from"));
	size_t end = to ? (size_t)json_integer_value(to) : size;
	int same = expected && out->size == end - from &&
	           (out->size == 0 || memcmp(expected + from, out->bytes, out->size) == 0);
	if (!same)
		snprintf(why, WHY_BYTES, "other bytes than expected (%zu of them)", out->size);
	free(expected);
	return same;
}

static int is_value(json_t *wanted, const outcome *out, char *why)
{
	if (json_is_string(wanted)) {
		snprintf(why, WHY_BYTES, "gave '%s'", out->text ? out->text : "");
		return out->text && strcmp(out->text, json_string_value(wanted)) == 0;
	}
	snprintf(why, WHY_BYTES, "gave %" PRId64, out->number);
	return !out->text && json_is_integer(wanted) && json_integer_value(wanted) == out->number;
}

/** Did the call end as the step says?  If not, why. */
static int is_as_told(struct scene *scene, json_t *step, const outcome *out, char *why)
{
	const char *fails = json_string_value(json_object_get(step, "fails"));
	json_t *is = argument(scene, step, "is");
	json_t *at_least = json_object_get(step, "at_least");
	json_t *bytes = json_object_get(step, "bytes");
	if (fails || out->number < 0) {
		snprintf(why, WHY_BYTES, "ended with %s",
		         out->number < 0 ? code_name(out->number) : "success");
		return fails && out->number < 0 && strcmp(fails, code_name(out->number)) == 0;
	}
	if (bytes)
		return are_bytes(scene, bytes, out, why);
	if (at_least) {
		snprintf(why, WHY_BYTES, "gave %" PRId64, out->number);
		return out->number >= json_integer_value(at_least);
	}
	return !json_object_get(step, "is") || is_value(is, out, why);
}

static int run_step(struct scene *scene, json_t *step, char *why)
{
	outcome out = {0, NULL, NULL, 0};
	int is_ok = call(scene, step, &out);
	if (is_ok)
		is_ok = is_as_told(scene, step, &out, why);
	else
		snprintf(why, WHY_BYTES, "no such call or object");
	free(out.text);
	free(out.bytes);
	return is_ok;
}

/** @return 1 if it was ok */
static int run_behaviour(json_t *world, json_t *behaviour, const char *scratch)
{
	struct scene scene = {.world = world, .scratch = scratch};
	const char *name = json_string_value(json_object_get(behaviour, "name"));
	json_t *steps = json_object_get(behaviour, "steps");
	char why[WHY_BYTES] = "";
	int is_ok = 1;
	size_t i = 0;
	for (; is_ok && i < json_array_size(steps); i++)
		is_ok = run_step(&scene, json_array_get(steps, i), why);
	close_all(&scene);
	if (is_ok)
		printf("ok %s\n", name);
	else
		printf("not ok %s: step %zu: %s\n", name, i, why);
	return is_ok;
}

static int run_table(json_t *table, json_t *world, const char *scratch)
{
	json_t *behaviours = json_object_get(table, "behaviours");
	int are_ok = 1;
	for (size_t i = 0; i < json_array_size(behaviours); i++) {
		char own[4096];
		snprintf(own, sizeof(own), "%s/c-%zu/", scratch, i);
		mkdir(own, 0700);
		are_ok &= run_behaviour(world, json_array_get(behaviours, i), own);
	}
	return are_ok;
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	json_t *table = json_load_file(argv[1], 0, NULL);
	json_t *world = json_load_file(argv[2], 0, NULL);
	int are_ok = table && world && run_table(table, world, argv[3]);
	json_decref(table);
	json_decref(world);
	return are_ok ? 0 : 1;
}
