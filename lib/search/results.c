#include "search/results.h"

#include <stdlib.h>
#include <string.h>

#include "core/magnet.h"

tstream_results *tsi_results_make(size_t capacity)
{
	tstream_results *results = calloc(1, sizeof(*results));

	if (!results)
		return NULL;
	results->items = calloc(capacity + 1, sizeof(*results->items));
	results->texts = calloc(capacity + 1, sizeof(*results->texts));
	if (results->items && results->texts)
		return results;
	tsi_results_free(results);
	return NULL;
}

static void format_hash(const tsi_infohash *infohash, bool wants_v1,
                        char out_text[TSTREAM_INFOHASH_BYTES])
{
	tsi_infohash one = *infohash;

	one.has_v1 &= wants_v1;
	out_text[0] = '\0';
	if (wants_v1 ? one.has_v1 : one.has_v2)
		tsi_infohash_format(&one, out_text);
}

/* "jackett,archive" */
static void list_sources(const tsi_finding *finding, const tsi_answer *answer, char *out_text)
{
	for (uint8_t i = 0; i < finding->source_count; i++) {
		const char *name = answer->providers[finding->sources[i]].name;

		if (i > 0)
			*out_text++ = ',';
		memcpy(out_text, name, strlen(name));
		out_text += strlen(name);
	}
	*out_text = '\0';
}

/* Put a text at the end of what is there.  @return where it is */
static const char *put(char **end, const char *text)
{
	size_t size = strlen(text) + 1;
	char *at = *end;

	memcpy(at, text, size);
	*end += size;
	return at;
}

static void fill(tstream_result *result, char *at, const tsi_finding *finding, const char *magnet,
                 const char *sources)
{
	char hash[TSTREAM_INFOHASH_BYTES];

	*result = (tstream_result){.struct_size = sizeof(*result),
	                           .category = finding->category,
	                           .size = finding->size,
	                           .seeders = finding->seeders,
	                           .leechers = finding->leechers,
	                           .published_s = finding->published_s};
	result->id = put(&at, finding->id);
	result->title = put(&at, finding->title);
	format_hash(&finding->infohash, true, hash);
	result->infohash_v1 = put(&at, hash);
	format_hash(&finding->infohash, false, hash);
	result->infohash_v2 = put(&at, hash);
	result->sources = put(&at, sources);
	result->magnet = magnet ? put(&at, magnet) : NULL;
}

bool tsi_results_add(tstream_results *results, const tsi_finding *finding, const tsi_answer *answer)
{
	char sources[TSI_MAX_SOURCES * TSTREAM_PROVIDER_NAME_BYTES];
	char *magnet = tsi_finding_magnet(finding);
	size_t size = sizeof(finding->id) + strlen(finding->title) + 2 * (size_t)TSTREAM_INFOHASH_BYTES;
	char *text;

	if (!magnet && tsi_finding_has_infohash(finding))
		return false;
	list_sources(finding, answer, sources);
	size += strlen(sources) + (magnet ? strlen(magnet) : 0) + 6;
	text = malloc(size);
	if (text) {
		fill(&results->items[results->count], text, finding, magnet, sources);
		results->texts[results->count++] = text;
	}
	free(magnet);
	return text;
}

void tsi_results_free(tstream_results *results)
{
	if (!results)
		return;
	for (size_t i = 0; i < results->count; i++)
		free(results->texts[i]);
	free(results->texts);
	free(results->items);
	free(results);
}
