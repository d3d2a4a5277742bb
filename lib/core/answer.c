#include "core/answer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/magnet.h"

#define VERSION "tstream-answer-2"
#define MAX_FIELD_BYTES 65536

typedef struct writer {
	char *text;
	size_t size;
	size_t capacity;
	bool is_out_of_memory;
} writer;

typedef struct cursor {
	const char *at;
	size_t left;
	bool is_bad;
} cursor;

static bool make_room(writer *to, size_t needed)
{
	size_t capacity = to->capacity ? to->capacity : 4096;
	char *text;

	while (capacity < to->size + needed)
		capacity *= 2;
	if (capacity == to->capacity)
		return true;
	text = realloc(to->text, capacity);
	if (!text) {
		to->is_out_of_memory = true;
		return false;
	}
	to->text = text;
	to->capacity = capacity;
	return true;
}

static void put_text(writer *to, const char *text)
{
	size_t size = strlen(text);

	if (!make_room(to, size + 24))
		return;
	to->size += (size_t)snprintf(to->text + to->size, 24, "%zu:", size);
	memcpy(to->text + to->size, text, size);
	to->size += size;
	to->text[to->size++] = ',';
}

static void put_number(writer *to, int64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, number);
	put_text(to, text);
}

static void put_provider(writer *to, const tstream_provider_state *state)
{
	put_text(to, state->name);
	put_text(to, state->kind);
	put_text(to, state->origin);
	put_text(to, state->message);
	put_number(to, state->status);
	put_number(to, state->elapsed_us);
	put_number(to, state->result_count);
}

static void put_infohash(writer *to, const tsi_infohash *infohash, bool wants_v1)
{
	char text[TSTREAM_INFOHASH_BYTES] = "";
	tsi_infohash one = *infohash;

	/* tsi_infohash_format() gives v1 if there is one. */
	one.has_v1 &= wants_v1;
	if (wants_v1 ? one.has_v1 : one.has_v2)
		tsi_infohash_format(&one, text);
	put_text(to, text);
}

static void put_finding(writer *to, const tsi_finding *finding)
{
	char *params =
	    finding->is_public ? strdup(finding->params) : tsi_params_without_secrets(finding->params);

	if (!params) {
		to->is_out_of_memory = true;
		return;
	}
	put_text(to, finding->id);
	put_infohash(to, &finding->infohash, true);
	put_infohash(to, &finding->infohash, false);
	put_text(to, finding->title);
	put_text(to, params);
	put_number(to, finding->is_public);
	put_number(to, finding->category);
	put_number(to, finding->relevance);
	put_number(to, finding->size);
	put_number(to, finding->seeders);
	put_number(to, finding->leechers);
	put_number(to, finding->published_s);
	put_number(to, finding->source_count);
	for (uint8_t i = 0; i < finding->source_count; i++)
		put_number(to, finding->sources[i]);
	free(params);
}

char *tsi_answer_write(const tsi_answer *answer, const tsi_merge *findings, size_t *out_size)
{
	writer to = {0};

	put_text(&to, VERSION);
	put_number(&to, answer->provider_count);
	for (uint32_t i = 0; i < answer->provider_count; i++)
		put_provider(&to, &answer->providers[i]);
	put_number(&to, answer->dropped_count);
	put_number(&to, findings->live_count);
	for (uint32_t i = 0; i < findings->count; i++) {
		if (!findings->items[i].is_gone)
			put_finding(&to, &findings->items[i].finding);
	}
	if (to.is_out_of_memory) {
		free(to.text);
		return NULL;
	}
	*out_size = to.size;
	return to.text;
}

/* @return where the text begins; what is bad gives an empty one */
static const char *get(cursor *from, size_t *out_size)
{
	const char *text;
	size_t size = 0;
	size_t digits = 0;

	*out_size = 0;
	while (digits < from->left && digits < 6 && from->at[digits] >= '0' && from->at[digits] <= '9')
		size = size * 10 + (size_t)(from->at[digits++] - '0');
	if (from->is_bad || digits == 0 || size > MAX_FIELD_BYTES || from->left < digits + 2 + size ||
	    from->at[digits] != ':' || from->at[digits + 1 + size] != ',') {
		from->is_bad = true;
		return "";
	}
	text = from->at + digits + 1;
	from->at = text + size + 1;
	from->left -= digits + 2 + size;
	*out_size = size;
	if (memchr(text, '\0', size))
		from->is_bad = true;
	return text;
}

static void get_text(cursor *from, char *out_text, size_t capacity)
{
	size_t size;
	const char *text = get(from, &size);

	if (size >= capacity) {
		from->is_bad = true;
		size = 0;
	}
	memcpy(out_text, text, size);
	out_text[size] = '\0';
}

static char *get_copy(cursor *from)
{
	size_t size;
	const char *text = get(from, &size);
	char *copy = malloc(size + 1);

	if (copy) {
		memcpy(copy, text, size);
		copy[size] = '\0';
	}
	from->is_bad |= !copy;
	return copy;
}

static int64_t get_number(cursor *from, int64_t min, int64_t max)
{
	char text[24];
	char *end;
	int64_t number;

	get_text(from, text, sizeof(text));
	number = strtoll(text, &end, 10);
	from->is_bad |= end == text || *end != '\0' || number < min || number > max;
	return from->is_bad ? min : number;
}

static void get_provider(cursor *from, tstream_provider_state *state)
{
	*state = (tstream_provider_state){.struct_size = sizeof(*state), .retry_after_us = -1};
	get_text(from, state->name, sizeof(state->name));
	get_text(from, state->kind, sizeof(state->kind));
	get_text(from, state->origin, sizeof(state->origin));
	get_text(from, state->message, sizeof(state->message));
	state->status = (int32_t)get_number(from, TSTREAM_PROVIDER_OK, TSTREAM_PROVIDER_UNSUPPORTED);
	state->elapsed_us = get_number(from, -1, INT64_MAX);
	state->result_count = (uint32_t)get_number(from, 0, UINT32_MAX);
}

static void get_infohash(cursor *from, tsi_infohash *infohash)
{
	char text[TSTREAM_INFOHASH_BYTES];
	tsi_infohash one;

	get_text(from, text, sizeof(text));
	if (!*text)
		return;
	if (tsi_infohash_parse(text, &one) != TSTREAM_OK) {
		from->is_bad = true;
		return;
	}
	if (one.has_v1)
		memcpy(infohash->v1, one.v1, sizeof(one.v1));
	else
		memcpy(infohash->v2, one.v2, sizeof(one.v2));
	infohash->has_v1 |= one.has_v1;
	infohash->has_v2 |= one.has_v2;
}

static void get_sources(cursor *from, tsi_finding *finding, uint32_t provider_count)
{
	finding->source_count = (uint8_t)get_number(from, 0, TSI_MAX_SOURCES);
	for (uint8_t i = 0; i < finding->source_count; i++)
		finding->sources[i] = (uint8_t)get_number(from, 0, (int64_t)provider_count - 1);
}

static int get_finding(cursor *from, tsi_answer *answer)
{
	tsi_finding finding = {0};
	uint32_t index;

	get_text(from, finding.id, sizeof(finding.id));
	get_infohash(from, &finding.infohash);
	get_infohash(from, &finding.infohash);
	finding.title = get_copy(from);
	finding.params = get_copy(from);
	finding.is_public = get_number(from, 0, 1) == 1;
	finding.category = (uint32_t)get_number(from, 0, UINT32_MAX);
	finding.relevance = (int32_t)get_number(from, 0, INT32_MAX);
	finding.size = get_number(from, -1, INT64_MAX);
	finding.seeders = get_number(from, -1, INT64_MAX);
	finding.leechers = get_number(from, -1, INT64_MAX);
	finding.published_s = get_number(from, -1, INT64_MAX);
	get_sources(from, &finding, answer->provider_count);
	if (from->is_bad) {
		tsi_finding_clear(&finding);
		return TSTREAM_EINVAL;
	}
	return tsi_merge_add(&answer->merge, &finding, &index);
}

int tsi_answer_read(const char *text, size_t size, tsi_answer *out_answer)
{
	cursor from = {.at = text, .left = size};
	char version[sizeof(VERSION)];
	int64_t count;
	int code = TSTREAM_OK;

	get_text(&from, version, sizeof(version));
	if (strcmp(version, VERSION) != 0)
		return TSTREAM_EINVAL;
	out_answer->provider_count = (uint32_t)get_number(&from, 0, TSTREAM_MAX_PROVIDERS);
	for (uint32_t i = 0; i < out_answer->provider_count; i++)
		get_provider(&from, &out_answer->providers[i]);
	out_answer->dropped_count = (uint32_t)get_number(&from, 0, UINT32_MAX);
	count = get_number(&from, 0, TSI_MERGE_MAX);
	for (int64_t i = 0; i < count && code == TSTREAM_OK; i++)
		code = get_finding(&from, out_answer);
	if (code != TSTREAM_OK)
		return code;
	return from.is_bad || from.left > 0 ? TSTREAM_EINVAL : TSTREAM_OK;
}

void tsi_answer_clear(tsi_answer *answer)
{
	tsi_merge_clear(&answer->merge);
}
