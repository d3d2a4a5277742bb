/**
 * core/subtitle_settings.c - where WebVTT says that a cue is to stand.
 */
#include <string.h>

#include "core/subtitle.h"

#define MAX_SETTING_BYTES 40

static bool is_one_of(const char *value, const char *const *words)
{
	for (; *words; words++) {
		if (strcmp(value, *words) == 0)
			return true;
	}
	return false;
}

static const char *skip_digits(const char *at)
{
	return at + strspn(at, "0123456789");
}

/** 0 to 100, perhaps with a fraction, and a '%'.  @return what follows, or NULL */
static const char *skip_percentage(const char *at)
{
	const char *end = skip_digits(at);
	size_t digits = (size_t)(end - at);

	if (digits == 0 || digits > 3)
		return NULL;
	bool is_hundred = strncmp(at, "100", 3) == 0;
	if (digits == 3 && !is_hundred)
		return NULL;
	if (*end == '.') {
		const char *fraction = end + 1;
		end = skip_digits(fraction);
		if (end == fraction || (is_hundred && strspn(fraction, "0") < (size_t)(end - fraction)))
			return NULL;
	}
	return *end == '%' ? end + 1 : NULL;
}

/** "-1", "5" */
static const char *skip_line_number(const char *at)
{
	const char *digits = at + (*at == '-');
	const char *end = skip_digits(digits);

	return end > digits && *end != '%' && *end != '.' ? end : NULL;
}

static bool is_line(const char *value)
{
	static const char *const ends[] = {"", ",start", ",center", ",end", NULL};
	const char *end = skip_line_number(value);

	if (!end)
		end = skip_percentage(value);
	return end && is_one_of(end, ends);
}

static bool is_position(const char *value)
{
	static const char *const ends[] = {"", ",line-left", ",center", ",line-right", NULL};
	const char *end = skip_percentage(value);

	return end && is_one_of(end, ends);
}

static bool is_size(const char *value)
{
	const char *end = skip_percentage(value);

	return end && *end == '\0';
}

static bool is_align(const char *value)
{
	static const char *const words[] = {"start", "center", "end", "left", "right", NULL};

	return is_one_of(value, words);
}

static bool is_vertical(const char *value)
{
	static const char *const words[] = {"rl", "lr", NULL};

	return is_one_of(value, words);
}

static const struct {
	const char *name;
	bool (*is_valid)(const char *value);
} settings_known[] = {{"vertical", is_vertical},
                      {"line", is_line},
                      {"position", is_position},
                      {"size", is_size},
                      {"align", is_align}};

enum { KNOWN_COUNT = sizeof(settings_known) / sizeof(settings_known[0]) };

/** @return its index, or KNOWN_COUNT for a setting that is none */
static size_t find_setting(const char *text)
{
	const char *colon = strchr(text, ':');
	size_t length = colon ? (size_t)(colon - text) : 0;

	for (size_t i = 0; colon && i < KNOWN_COUNT; i++) {
		if (strlen(settings_known[i].name) == length &&
		    memcmp(settings_known[i].name, text, length) == 0)
			return settings_known[i].is_valid(colon + 1) ? i : KNOWN_COUNT;
	}
	return KNOWN_COUNT;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

void tsi_subtitle_add_settings(tsi_buffer *output, tsi_slice settings)
{
	bool is_given[KNOWN_COUNT] = {false};
	const char *at = settings.begin;

	while (at < settings.end) {
		char text[MAX_SETTING_BYTES + 1];
		const char *begin = at;
		while (at < settings.end && !is_space(*at))
			at++;
		size_t length = (size_t)(at - begin);
		at += at < settings.end;
		if (length == 0 || length > MAX_SETTING_BYTES || memchr(begin, '\0', length))
			continue;
		memcpy(text, begin, length);
		text[length] = '\0';
		size_t found = find_setting(text);
		if (found == KNOWN_COUNT || is_given[found])
			continue;
		is_given[found] = true;
		tsi_buffer_add(output, " ", 1);
		tsi_buffer_add(output, text, length);
	}
}
