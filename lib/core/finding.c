#include "core/finding.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/siphash.h"
#include "core/infohash.h"
#include "core/magnet.h"
#include "core/magnet_public.h"
#include "core/text.h"

#define MAX_PARAMS_BYTES 6144 /* what is left of TSTREAM_MAX_MAGNET_BYTES for trackers */
#define MAX_NAME_BYTES 384    /* of the title, in the magnet, before encoding */
#define CATEGORY_BASE 1000
#define CUSTOM_CATEGORY 100000

static const char hex_digits[] = "0123456789abcdef";

static bool is_unreserved(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c != '\0' && strchr("-._~", c));
}

/* Append "&name=value", encoded; without effect when there is no room. */
static void append_param(char *params, size_t capacity, const char *name, const char *value,
                         size_t value_size)
{
	size_t length = strlen(params);
	char *to = params + length;
	char *end = params + capacity - 4;

	if (length + strlen(name) + 2 + value_size >= capacity)
		return;
	to += snprintf(to, capacity - length, "&%s=", name);
	for (size_t i = 0; i < value_size && to < end; i++) {
		unsigned char c = (unsigned char)value[i];

		if (is_unreserved(c)) {
			*to++ = (char)c;
			continue;
		}
		*to++ = '%';
		*to++ = hex_digits[c >> 4];
		*to++ = hex_digits[c & 15];
	}
	*to = '\0';
	/* Half a tracker is none. */
	if (to >= end)
		params[length] = '\0';
}

static void append_list(char *params, const char *name, char *const *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		append_param(params, MAX_PARAMS_BYTES, name, items[i], strlen(items[i]));
}

static int take_magnet(tsi_finding *finding, const char *text)
{
	tsi_magnet magnet;
	int code = tsi_magnet_parse(text, &magnet, NULL);

	if (code != TSTREAM_OK)
		return code;
	finding->infohash = magnet.infohash;
	finding->params = calloc(1, MAX_PARAMS_BYTES);
	if (finding->params) {
		append_list(finding->params, "tr", magnet.trackers, magnet.tracker_count);
		append_list(finding->params, "ws", magnet.web_seeds, magnet.web_seed_count);
		append_list(finding->params, "xs", magnet.sources, magnet.source_count);
	}
	tsi_magnet_clear(&magnet);
	return finding->params ? TSTREAM_OK : TSTREAM_ENOMEM;
}

static bool ends_with(const char *text, const char *ending)
{
	size_t size = strlen(text);
	size_t ending_size = strlen(ending);

	return size >= ending_size && tsi_text_equals(text + size - ending_size, ending);
}

/* "film.mkv.lnk": a program that is dressed as a film. */
static bool is_fake(const char *title)
{
	static const char *const programs[] = {".lnk", ".scr", ".exe", ".vbs", ".bat", ".com", ".cmd"};
	static const char *const films[] = {".mkv", ".mp4", ".avi", ".mp3", ".flac", ".webm", ".m4v"};

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		if (!ends_with(title, programs[i]))
			continue;
		for (size_t k = 0; k < sizeof(films) / sizeof(films[0]); k++) {
			const char *within = strrchr(title, '.') - strlen(films[k]);

			if (within >= title && tsi_text_starts_with(within, films[k]))
				return true;
		}
	}
	return false;
}

static char *take_title(const char *text, const tsi_secrets *secrets)
{
	size_t size = strnlen(text, (size_t)TSI_MAX_TITLE_BYTES * 4);
	char *title = tsi_text_clean(text, size);
	char *trimmed = title;

	if (!title)
		return NULL;
	while (*trimmed == ' ')
		trimmed++;
	memmove(title, trimmed, strlen(trimmed) + 1);
	tsi_text_cut(title, TSI_MAX_TITLE_BYTES);
	for (size = strlen(title); size > 0 && title[size - 1] == ' '; size--)
		title[size - 1] = '\0';
	tsi_secrets_hide(secrets, title);
	return title;
}

/* Rubbish, such as "(removed)", is no infohash. */
static void take_infohash(tsi_finding *finding, const char *text)
{
	tsi_magnet magnet;

	/* A magnet URI would parse too, with trackers that nobody looked at. */
	if (!text || strchr(text, ':') || tsi_magnet_parse(text, &magnet, NULL) != TSTREAM_OK)
		return;
	finding->infohash = magnet.infohash;
	tsi_magnet_clear(&magnet);
}

/* A name for what cannot be shown: always the same for the same link, and of no use to
 * whoever has not got the link. */
static void name_link(tsi_finding *finding, const char *provider, const char *link,
                      const tsi_secrets *secrets, char *copy)
{
	/* Never changed: a name that was given out must be found again. */
	static const uint64_t keys[2][2] = {{1, 2}, {3, 4}};
	size_t size;

	memcpy(copy, link, strlen(link) + 1);
	tsi_secrets_hide(secrets, copy);
	size = strlen(copy);
	snprintf(finding->id, sizeof(finding->id), "%s:%016" PRIx64 "%016" PRIx64, provider,
	         tsi_siphash(keys[0], copy, size), tsi_siphash(keys[1], copy, size));
}

static int name_finding(tsi_finding *finding, const tstream_found *found, const char *provider,
                        const tsi_secrets *secrets)
{
	const char *link = found->link ? found->link : found->reference;
	char *copy;

	if (tsi_finding_has_infohash(finding)) {
		tsi_infohash_format(&finding->infohash, finding->id);
		return TSTREAM_OK;
	}
	if (!link || !*link)
		return TSTREAM_EINVAL;
	copy = malloc(strlen(link) + 1);
	if (!copy)
		return TSTREAM_ENOMEM;
	name_link(finding, provider, link, secrets, copy);
	free(copy);
	return TSTREAM_OK;
}

static int64_t known(int64_t count)
{
	return count < 0 ? -1 : count;
}

static int fill(tsi_finding *finding, const tstream_found *found, const char *provider,
                const tsi_secrets *secrets)
{
	finding->title = take_title(found->title, secrets);
	if (!finding->title)
		return TSTREAM_ENOMEM;
	if (!*finding->title || is_fake(finding->title))
		return TSTREAM_EINVAL;
	if (found->magnet && take_magnet(finding, found->magnet) == TSTREAM_ENOMEM)
		return TSTREAM_ENOMEM;
	if (!tsi_finding_has_infohash(finding))
		take_infohash(finding, found->infohash);
	if (!finding->params)
		finding->params = strdup("");
	if (!finding->params)
		return TSTREAM_ENOMEM;
	tsi_secrets_hide(secrets, finding->params);
	finding->category = found->category;
	finding->size = known(found->size);
	finding->seeders = known(found->seeders);
	finding->leechers = known(found->leechers);
	finding->published_s = known(found->published_s);
	return name_finding(finding, found, provider, secrets);
}

int tsi_finding_make(const tstream_found *found, const char *provider, const tsi_secrets *secrets,
                     tsi_finding *out_finding)
{
	tsi_finding finding = {0};
	int code;

	if (!found->title)
		return TSTREAM_EINVAL;
	code = fill(&finding, found, provider, secrets);
	if (code != TSTREAM_OK) {
		tsi_finding_clear(&finding);
		return code;
	}
	*out_finding = finding;
	return TSTREAM_OK;
}

bool tsi_finding_copy(const tsi_finding *finding, tsi_finding *out_copy)
{
	tsi_finding copy = *finding;

	copy.title = strdup(finding->title);
	copy.params = strdup(finding->params);
	if (!copy.title || !copy.params) {
		tsi_finding_clear(&copy);
		return false;
	}
	*out_copy = copy;
	return true;
}

void tsi_finding_clear(tsi_finding *finding)
{
	free(finding->title);
	free(finding->params);
	finding->title = finding->params = NULL;
}

/* True if "&tr=..." is among params as a whole. */
static bool has_param(const char *params, const char *param, size_t size)
{
	for (const char *at = params; (at = memmem(at, strlen(at), param, size)) != NULL; at++) {
		if (at[size] == '&' || at[size] == '\0')
			return true;
	}
	return false;
}

static bool join_params(tsi_finding *finding, const char *others)
{
	size_t capacity = strlen(finding->params) + strlen(others) + 1;
	char *joined;

	if (!*others)
		return true;
	joined = calloc(1, capacity);
	if (!joined)
		return false;
	memcpy(joined, finding->params, strlen(finding->params));
	for (const char *at = others; *at;) {
		size_t size = 1 + strcspn(at + 1, "&");

		if (strlen(joined) + size < MAX_PARAMS_BYTES && !has_param(joined, at, size))
			memcpy(joined + strlen(joined), at, size);
		at += size;
	}
	free(finding->params);
	finding->params = joined;
	return true;
}

static void join_sources(tsi_finding *finding, const tsi_finding *other)
{
	for (uint8_t i = 0; i < other->source_count; i++) {
		if (!memchr(finding->sources, other->sources[i], finding->source_count) &&
		    finding->source_count < TSI_MAX_SOURCES)
			finding->sources[finding->source_count++] = other->sources[i];
	}
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* What several sources say is settled without regard to who came first, so that equal
 * findings merge to equal results. */
static bool join_title(tsi_finding *finding, const tsi_finding *other)
{
	bool is_better =
	    other->relevance > finding->relevance ||
	    (other->relevance == finding->relevance && strcmp(other->title, finding->title) < 0);
	char *title;

	if (!is_better)
		return true;
	title = strdup(other->title);
	if (!title)
		return false;
	free(finding->title);
	finding->title = title;
	finding->relevance = other->relevance;
	return true;
}

bool tsi_finding_absorb(tsi_finding *finding, const tsi_finding *other)
{
	if (!join_title(finding, other) || !join_params(finding, other->params))
		return false;
	join_sources(finding, other);
	if (!finding->infohash.has_v1 && other->infohash.has_v1) {
		finding->infohash.has_v1 = true;
		memcpy(finding->infohash.v1, other->infohash.v1, sizeof(finding->infohash.v1));
	}
	if (!finding->infohash.has_v2 && other->infohash.has_v2) {
		finding->infohash.has_v2 = true;
		memcpy(finding->infohash.v2, other->infohash.v2, sizeof(finding->infohash.v2));
	}
	finding->is_public &= other->is_public;
	finding->size = larger(finding->size, other->size);
	/* Not the sum: swarms are the same ones. */
	finding->seeders = larger(finding->seeders, other->seeders);
	finding->leechers = larger(finding->leechers, other->leechers);
	if (finding->category == 0 || (other->category != 0 && other->category < finding->category))
		finding->category = other->category;
	if (finding->published_s < 0 ||
	    (other->published_s >= 0 && other->published_s < finding->published_s))
		finding->published_s = other->published_s;
	return true;
}

static void hex(const uint8_t *bytes, size_t size, char *out_text)
{
	for (size_t i = 0; i < size; i++) {
		out_text[2 * i] = hex_digits[bytes[i] >> 4];
		out_text[2 * i + 1] = hex_digits[bytes[i] & 15];
	}
	out_text[2 * size] = '\0';
}

char *tsi_finding_magnet(const tsi_finding *finding)
{
	char v1[TSI_V1_HEX_DIGITS + 1] = "";
	char v2[TSI_V2_HEX_DIGITS + 1] = "";
	size_t name_size = strnlen(finding->title, MAX_NAME_BYTES);
	size_t capacity = TSTREAM_MAX_MAGNET_BYTES - MAX_PARAMS_BYTES;
	char *magnet;

	if (!tsi_finding_has_infohash(finding))
		return NULL;
	magnet = malloc(TSTREAM_MAX_MAGNET_BYTES + 1);
	if (!magnet)
		return NULL;
	if (finding->infohash.has_v1)
		hex(finding->infohash.v1, sizeof(finding->infohash.v1), v1);
	if (finding->infohash.has_v2)
		hex(finding->infohash.v2, sizeof(finding->infohash.v2), v2);
	snprintf(magnet, capacity, "magnet:?%s%s%s%s%s", *v1 ? "xt=urn:btih:" : "", v1,
	         *v1 && *v2 ? "&" : "", *v2 ? "xt=urn:btmh:1220" : "", v2);
	while (name_size > 0 && ((unsigned char)finding->title[name_size] & 0xC0) == 0x80)
		name_size--;
	if (name_size > 0)
		append_param(magnet, capacity, "dn", finding->title, name_size);
	if (strlen(magnet) + strlen(finding->params) <= TSTREAM_MAX_MAGNET_BYTES)
		memcpy(magnet + strlen(magnet), finding->params, strlen(finding->params) + 1);
	return magnet;
}

/* "&tr=udp%3a//tracker.example:1337/announce": a name, a port, and nothing of the user's. */
static bool is_bare_tracker(const char *param, size_t size)
{
	char url[256];

	if (size >= sizeof(url) || strncmp(param, "&tr=", 4) != 0)
		return false;
	memcpy(url, param + 4, size - 4);
	url[tsi_text_percent_decode(url, size - 4)] = '\0';
	return tsi_tracker_is_public(url);
}

char *tsi_params_without_secrets(const char *params)
{
	char *kept = calloc(1, strlen(params) + 1);
	char *to = kept;

	for (const char *at = params; kept && *at;) {
		size_t size = 1 + strcspn(at + 1, "&");

		if (is_bare_tracker(at, size)) {
			memcpy(to, at, size);
			to += size;
		}
		at += size;
	}
	return kept;
}

/* Seeders by order of magnitude.  Nobody counted (the Internet Archive) is no worse than a
 * few: it must not sink below what is known to be dead. */
static int magnitude(int64_t seeders)
{
	int digits = 0;

	if (seeders < 0)
		return 1;
	for (; seeders > 0; seeders /= 10)
		digits++;
	return digits;
}

/* A hash that is missing is all zeros. */
static int order_of_hashes(const tsi_infohash *a, const tsi_infohash *b)
{
	int order = memcmp(a->v1, b->v1, sizeof(a->v1));

	return order ? order : memcmp(a->v2, b->v2, sizeof(a->v2));
}

int tsi_finding_compare(const tsi_finding *a, const tsi_finding *b)
{
	if (a->relevance != b->relevance)
		return a->relevance > b->relevance ? -1 : 1;
	if (magnitude(a->seeders) != magnitude(b->seeders))
		return magnitude(a->seeders) > magnitude(b->seeders) ? -1 : 1;
	if (a->size != b->size)
		return a->size > b->size ? -1 : 1;
	if (order_of_hashes(&a->infohash, &b->infohash) != 0)
		return order_of_hashes(&a->infohash, &b->infohash);
	return strcmp(a->id, b->id);
}

static uint32_t read_category(const char **at)
{
	uint32_t value = 0;

	for (; **at >= '0' && **at <= '9'; (*at)++)
		value = value < 100000000 ? value * 10 + (uint32_t)(**at - '0') : value;
	return value;
}

bool tsi_category_matches(uint32_t category, const char *wanted)
{
	if (category == 0 || !*wanted)
		return true;
	while (*wanted) {
		uint32_t one = read_category(&wanted);
		bool is_whole = one < CUSTOM_CATEGORY && one % CATEGORY_BASE == 0;

		if (one == category || (is_whole && category / CATEGORY_BASE == one / CATEGORY_BASE))
			return true;
		wanted += *wanted != '\0';
	}
	return false;
}
