#include "search/items.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/lenient.h"
#include "core/text.h"
#include "net/url.h"
#include "search/search.h"
#include "search/xml.h"

/* What is below this was the size of the .torrent, where a plain feed says "size". */
#define MIN_CONTENT_BYTES (2 * 1024 * 1024)
#define CUSTOM_CATEGORY 100000

enum field {
	TITLE,
	GUID,
	LINK,
	DATE,
	DESCRIPTION,
	INFOHASH,
	MAGNET,
	SIZE_ATTRIBUTE, /* Torznab's, or content length: to be believed */
	SIZE_ELEMENT,
	SEEDERS,
	LEECHERS,
	PEERS,
	ENCLOSURE_URL,
	ENCLOSURE_LENGTH,
	FIELD_COUNT
};

/* Names of elements and attributes, in any namespace. */
static const struct {
	const char *name;
	enum field field;
	bool is_direct; /* only as a child of the item: others have titles too */
} names[] = {
    {"title", TITLE, true},
    {"guid", GUID, true},
    {"id", GUID, true},
    {"link", LINK, true},
    {"pubdate", DATE, true},
    {"published", DATE, true},
    {"updated", DATE, true},
    {"date", DATE, true},
    {"usenetdate", DATE, false},
    {"description", DESCRIPTION, true},
    {"summary", DESCRIPTION, true},
    {"infohash", INFOHASH, false},
    {"info_hash", INFOHASH, false},
    {"magneturl", MAGNET, false},
    {"magneturi", MAGNET, false},
    {"magnet", MAGNET, false},
    {"contentlength", SIZE_ATTRIBUTE, false},
    {"size", SIZE_ELEMENT, true},
    {"seeders", SEEDERS, false},
    {"seeds", SEEDERS, false},
    {"leechers", LEECHERS, false},
    {"leeches", LEECHERS, false},
    {"peers", PEERS, false},
};

typedef struct reader {
	const tsi_items_ask *ask;
	tsi_items_report *report;
	char *fields[FIELD_COUNT];
	bool has_bittorrent_enclosure;
	bool is_torznab; /* has attributes of it */
	uint32_t category;
	int depth;
	int item_depth; /* 0: outside */
	bool is_out_of_memory;
} reader;

static void keep(reader *own, enum field field, const char *text)
{
	if (!text || !*text || own->fields[field])
		return;
	own->fields[field] = strdup(text);
	own->is_out_of_memory |= !own->fields[field];
}

static void replace(reader *own, enum field field, const char *text)
{
	free(own->fields[field]);
	own->fields[field] = NULL;
	keep(own, field, text);
}

static void clear_item(reader *own)
{
	for (int i = 0; i < FIELD_COUNT; i++) {
		free(own->fields[i]);
		own->fields[i] = NULL;
	}
	own->has_bittorrent_enclosure = false;
	own->is_torznab = false;
	own->category = 0;
}

/* The most particular of several; the indexer's own numbers only if there is no other. */
static void keep_category(reader *own, const char *text)
{
	int64_t number = text ? tsi_lenient_count(text) : -1;
	bool is_custom = number >= CUSTOM_CATEGORY;
	bool has_custom = own->category >= CUSTOM_CATEGORY;

	if (number <= 0 || number > UINT32_MAX)
		return;
	if (own->category == 0 || (has_custom && !is_custom) ||
	    (has_custom == is_custom && (uint32_t)number > own->category))
		own->category = (uint32_t)number;
}

static bool find_name(const char *name, bool is_direct, enum field *out_field)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i].name, name) == 0 && (is_direct || !names[i].is_direct)) {
			*out_field = names[i].field;
			return true;
		}
	}
	return false;
}

/* <torznab:attr name="seeders" value="3"/> */
static void read_attr(reader *own, const char **attributes)
{
	const char *name = tsi_xml_attribute(attributes, "name");
	const char *value = tsi_xml_attribute(attributes, "value");
	char lower[32] = "";
	enum field field;

	if (!name || !value || strlen(name) >= sizeof(lower))
		return;
	for (size_t i = 0; name[i]; i++)
		lower[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] | 0x20) : name[i];
	own->is_torznab = true;
	if (strcmp(lower, "category") == 0)
		keep_category(own, value);
	else if (strcmp(lower, "size") == 0)
		keep(own, SIZE_ATTRIBUTE, value);
	else if (find_name(lower, false, &field))
		replace(own, field, value);
}

/* RSS's enclosure, Atom's link to one, Media RSS's content. */
static void read_enclosure(reader *own, const char *url, const char *type, const char *length)
{
	bool is_bittorrent =
	    (type && strstr(type, "bittorrent")) || (url && tsi_text_starts_with(url, "magnet:"));

	if (!url || (own->fields[ENCLOSURE_URL] && (own->has_bittorrent_enclosure || !is_bittorrent)))
		return;
	own->has_bittorrent_enclosure = is_bittorrent;
	replace(own, ENCLOSURE_URL, url);
	replace(own, ENCLOSURE_LENGTH, length);
}

static void read_link(reader *own, const char **attributes)
{
	const char *relation = tsi_xml_attribute(attributes, "rel");
	const char *target = tsi_xml_attribute(attributes, "href");

	if (relation && strcmp(relation, "enclosure") == 0)
		read_enclosure(own, target, tsi_xml_attribute(attributes, "type"),
		               tsi_xml_attribute(attributes, "length"));
	else
		keep(own, LINK, target);
}

static void read_caps(tsi_items_report *report, const char *name, const char **attributes)
{
	const char *max = tsi_xml_attribute(attributes, "max");
	const char *available = tsi_xml_attribute(attributes, "available");
	const char *params = tsi_xml_attribute(attributes, "supportedParams");
	bool takes_text = available && tsi_text_equals(available, "yes") &&
	                  (!params || *params == 'q' || strstr(params, ",q"));

	if (strcmp(name, "limits") == 0 && max && tsi_lenient_count(max) > 0)
		report->max_limit = (int32_t)(tsi_lenient_count(max) % INT32_MAX);
	else if (strcmp(name, "search") == 0)
		report->has_search = takes_text;
	else if (strcmp(name, "tv-search") == 0)
		report->has_tvsearch = takes_text;
	else if (strcmp(name, "movie-search") == 0)
		report->has_movie = takes_text;
}

static void read_error(tsi_items_report *report, const char **attributes)
{
	const char *code = tsi_xml_attribute(attributes, "code");
	const char *text = tsi_xml_attribute(attributes, "description");
	int64_t number = code ? tsi_lenient_count(code) : -1;

	report->is_error = true;
	report->error_code = number > 0 && number < 10000 ? (int)number : 900;
	snprintf(report->error_text, sizeof(report->error_text), "%s", text ? text : "");
}

static bool read_root(reader *own, const char *name, const char **attributes)
{
	static const char *const roots[] = {"rss", "feed", "rdf", "error", "caps"};

	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
		own->report->is_answer |= strcmp(name, roots[i]) == 0;
	own->report->has_caps = strcmp(name, "caps") == 0;
	if (strcmp(name, "error") == 0)
		read_error(own->report, attributes);
	return own->report->is_answer;
}

static bool on_start(void *user, const char *prefix, const char *name, const char **attributes)
{
	reader *own = user;

	own->depth++;
	if (own->depth == 1)
		return read_root(own, name, attributes);
	if (own->report->has_caps) {
		read_caps(own->report, name, attributes);
	} else if (own->item_depth == 0) {
		if (strcmp(name, "item") == 0 || strcmp(name, "entry") == 0)
			own->item_depth = own->depth;
	} else if (strcmp(name, "attr") == 0) {
		read_attr(own, attributes);
	} else if (strcmp(name, "enclosure") == 0) {
		read_enclosure(own, tsi_xml_attribute(attributes, "url"),
		               tsi_xml_attribute(attributes, "type"),
		               tsi_xml_attribute(attributes, "length"));
	} else if (strcmp(name, "content") == 0 && strcmp(prefix, "media") == 0) {
		read_enclosure(own, tsi_xml_attribute(attributes, "url"),
		               tsi_xml_attribute(attributes, "type"),
		               tsi_xml_attribute(attributes, "filesize"));
	} else if (strcmp(name, "link") == 0 && own->depth == own->item_depth + 1) {
		read_link(own, attributes);
	}
	return !own->is_out_of_memory;
}

static int64_t count_of(const reader *own, enum field field)
{
	return own->fields[field] ? tsi_lenient_count(own->fields[field]) : -1;
}

/* peers = seeders + leechers: two of them give the third. */
static void fill_swarm(const reader *own, tstream_found *found)
{
	int64_t peers = count_of(own, PEERS);

	found->seeders = count_of(own, SEEDERS);
	found->leechers = count_of(own, LEECHERS);
	if (found->leechers < 0 && found->seeders >= 0 && peers >= found->seeders)
		found->leechers = peers - found->seeders;
	else if (found->seeders < 0 && found->leechers >= 0 && peers >= found->leechers)
		found->seeders = peers - found->leechers;
}

static int64_t plausible(int64_t size)
{
	return size >= MIN_CONTENT_BYTES ? size : -1;
}

static int64_t size_of(const reader *own)
{
	const char *const *fields = (const char *const *)own->fields;
	int64_t size = -1;

	if (fields[SIZE_ATTRIBUTE])
		size = tsi_lenient_size(fields[SIZE_ATTRIBUTE]);
	if (own->is_torznab && size <= 0) {
		size = fields[SIZE_ELEMENT] ? tsi_lenient_size(fields[SIZE_ELEMENT]) : -1;
		if (size <= 0 && fields[ENCLOSURE_LENGTH])
			size = tsi_lenient_size(fields[ENCLOSURE_LENGTH]);
	}
	if (!own->is_torznab) {
		if (size <= 0 && fields[SIZE_ELEMENT])
			size = plausible(tsi_lenient_size(fields[SIZE_ELEMENT]));
		if (size <= 0 && fields[ENCLOSURE_LENGTH])
			size = plausible(tsi_lenient_size(fields[ENCLOSURE_LENGTH]));
		if (size <= 0 && fields[DESCRIPTION])
			size = plausible(tsi_lenient_size_within(fields[DESCRIPTION]));
	}
	/* Nobody shares nothing: 0 is somebody's unknown. */
	return size > 0 ? size : -1;
}

static const char *find_magnet(const reader *own)
{
	static const enum field places[] = {MAGNET, ENCLOSURE_URL, LINK, GUID};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const char *text = own->fields[places[i]];

		if (text && tsi_text_starts_with(text, "magnet:"))
			return text;
	}
	return NULL;
}

/* An ordinary feed's link leads to a page, unless it looks otherwise. */
static char *find_link(const reader *own)
{
	const char *magnet = own->fields[MAGNET];
	const char *link = own->fields[ENCLOSURE_URL];

	/* A magnet behind a redirect. */
	if (!link && magnet && tsi_text_starts_with(magnet, "http"))
		link = magnet;
	if (!link && own->fields[LINK] && (own->is_torznab || strstr(own->fields[LINK], ".torrent")))
		link = own->fields[LINK];
	return link && !tsi_text_starts_with(link, "magnet:") ? tsi_url_join(own->ask->url, link)
	                                                      : NULL;
}

static bool give_item(reader *own)
{
	tstream_found found = TSTREAM_FOUND_INIT;
	char *link = find_link(own);
	bool goes_on;

	if (own->fields[TITLE])
		tsi_lenient_unescape(own->fields[TITLE]);
	found.title = own->fields[TITLE];
	found.infohash = own->fields[INFOHASH];
	found.magnet = find_magnet(own);
	found.link = link;
	found.category = own->category;
	found.size = size_of(own);
	fill_swarm(own, &found);
	if (own->fields[DATE])
		found.published_s = tsi_lenient_date(own->fields[DATE], own->ask->now_s);
	own->report->item_count++;
	goes_on = own->ask->take(own->ask->user, &found);
	free(link);
	return goes_on && own->report->item_count < TSI_MAX_ITEMS;
}

static bool on_end(void *user, const char *prefix, const char *name, char *text)
{
	reader *own = user;
	bool is_direct = own->depth == own->item_depth + 1 && strcmp(prefix, "media") != 0 &&
	                 strcmp(prefix, "itunes") != 0;
	bool goes_on = true;
	enum field field;

	if (own->item_depth > 0 && own->depth == own->item_depth) {
		own->item_depth = 0;
		goes_on = give_item(own);
		clear_item(own);
	} else if (own->item_depth > 0 && strcmp(name, "category") == 0) {
		keep_category(own, text);
	} else if (own->item_depth > 0 && strcmp(name, "size") == 0 && *prefix) {
		keep(own, SIZE_ATTRIBUTE, text); /* <nyaa:size>1.4 GiB</nyaa:size> */
	} else if (own->item_depth > 0 && find_name(name, is_direct, &field)) {
		char *end = text + strlen(text);

		while (end > text && (unsigned char)end[-1] <= ' ')
			*--end = '\0';
		keep(own, field, text + strspn(text, " \t\r\n"));
	}
	own->depth--;
	return goes_on && !own->is_out_of_memory;
}

void tsi_items_read(const tsi_items_ask *ask, tsi_items_report *out_report)
{
	reader own = {.ask = ask, .report = out_report};
	tsi_xml_handler handler = {on_start, on_end, &own};

	*out_report = (tsi_items_report){0};
	out_report->outcome = tsi_xml_parse(ask->bytes, ask->size, ask->content_type, &handler);
	if (own.is_out_of_memory)
		out_report->outcome = TSI_XML_ENOMEM;
	clear_item(&own);
}
