#include "core/lenient.h"

#include <stdbool.h>
#include <string.h>

#include "core/text.h"

#define MAX_COUNT (INT64_C(1) << 62)
#define DAY_S 86400

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *skip_spaces(const char *text)
{
	while (*text == ' ' || (*text >= '\t' && *text <= '\r'))
		text++;
	return text;
}

int64_t tsi_lenient_count(const char *text)
{
	int64_t value = 0;
	const char *at = skip_spaces(text);

	if (!is_digit(*at))
		return -1;
	for (; is_digit(*at) || (*at == ',' && is_digit(at[1])); at++) {
		if (*at == ',')
			continue;
		value = value * 10 + (*at - '0');
		if (value > MAX_COUNT / 10)
			return -1;
	}
	return *skip_spaces(at) == '\0' ? value : -1;
}

/* Two to the power of this many is the unit; -1: none is there. */
static int unit_bits(const char *unit, const char **out_end)
{
	static const char letters[] = "kmgtp";
	size_t length = 0;
	const char *letter;

	while ((unit[length] | 0x20) >= 'a' && (unit[length] | 0x20) <= 'z')
		length++;
	*out_end = unit + length;
	if (length == 1 && (*unit | 0x20) == 'b')
		return 0;
	letter = length >= 1 ? strchr(letters, *unit | 0x20) : NULL;
	if (!letter || !*letter)
		return tsi_text_starts_with(unit, "byte") && length <= 5 ? 0 : -1;
	if (length > 3 || (length == 2 && (unit[1] | 0x20) != 'b') ||
	    (length == 3 && ((unit[1] | 0x20) != 'i' || (unit[2] | 0x20) != 'b')))
		return -1;
	return (int)(letter - letters + 1) * 10;
}

/* "1.4 GiB", "1,4 GiB", "1,400.5 MB": the last mark before 1 or 2 digits is the point. */
static double number(const char *text, const char **out_end)
{
	double value = 0;
	double scale = 0;

	for (; is_digit(*text) || ((*text == '.' || *text == ',') && is_digit(text[1])); text++) {
		if (*text == '.' || *text == ',') {
			bool is_group = *text == ',' && is_digit(text[1]) && is_digit(text[2]) &&
			                is_digit(text[3]) && !is_digit(text[4]);
			if (!is_group)
				scale = 1;
			continue;
		}
		value = value * 10 + (*text - '0');
		scale *= 10;
	}
	*out_end = text;
	return scale > 1 ? value / scale : value;
}

static int64_t sized(const char *text, const char **out_end)
{
	double value = number(text, out_end);
	int bits = unit_bits(skip_spaces(*out_end), out_end);

	if (bits < 0)
		return -1;
	value *= (double)(INT64_C(1) << bits);
	return value < (double)MAX_COUNT ? (int64_t)value : -1;
}

int64_t tsi_lenient_size(const char *text)
{
	int64_t count = tsi_lenient_count(text);
	const char *end = NULL;

	text = skip_spaces(text);
	if (count >= 0 || !is_digit(*text))
		return count;
	count = sized(text, &end);
	return *skip_spaces(end) == '\0' ? count : -1;
}

int64_t tsi_lenient_size_within(const char *text)
{
	const char *end = NULL;

	for (; *text; text++) {
		if (is_digit(*text)) {
			int64_t size = sized(text, &end);

			if (size > 0 && (*skip_spaces(end) != '/')) /* no speed */
				return size;
			while (is_digit(text[1]) || text[1] == '.' || text[1] == ',')
				text++;
		}
	}
	return -1;
}

/* Days since 1970 of the proleptic Gregorian calendar. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = y / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

typedef struct date {
	int64_t year, month, day, second, zone_s;
} date;

static int month_of(const char *name)
{
	static const char names[] = "jan feb mar apr may jun jul aug sep oct nov dec ";

	for (int i = 0; i < 12; i++) {
		char wanted[4] = {names[i * 4], names[i * 4 + 1], names[i * 4 + 2], '\0'};

		if (tsi_text_starts_with(name, wanted))
			return i + 1;
	}
	return 0;
}

/* RFC 822's names; others are taken for UTC. */
static int64_t zone_of(const char *name)
{
	static const struct {
		const char *name;
		int hours;
	} zones[] = {{"EST", -5}, {"EDT", -4}, {"CST", -6}, {"CDT", -5}, {"MST", -7},
	             {"MDT", -6}, {"PST", -8}, {"PDT", -7}, {"CET", 1},  {"CEST", 2}};

	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		if (tsi_text_equals(name, zones[i].name))
			return zones[i].hours * 3600;
	}
	return 0;
}

/* A run of at most 9 digits. */
static int64_t digits(const char **at, int max)
{
	int64_t value = 0;

	for (int i = 0; i < max && is_digit(**at); i++, (*at)++)
		value = value * 10 + (**at - '0');
	return value;
}

/* "13:32", "13:32:26", "13:32:26.5" */
static void read_clock(const char **at, date *when)
{
	int64_t factor = 3600;

	when->second = 0;
	for (; factor > 0; factor /= 60) {
		when->second += digits(at, 2) * factor;
		if (**at != ':' || factor == 1)
			break;
		(*at)++;
	}
	if (**at == '.' || **at == ',') {
		(*at)++;
		digits(at, 9);
	}
}

/* "+0100", "-05:00" */
static void read_zone(const char **at, date *when)
{
	int64_t sign = **at == '-' ? -1 : 1;
	int64_t hours, minutes;

	(*at)++;
	hours = digits(at, 2);
	*at += **at == ':';
	minutes = digits(at, 2);
	when->zone_s = sign * (hours * 3600 + minutes * 60);
}

/* "2015-02-06" or "2015/02/06", with what follows. */
static void read_iso_day(const char **at, date *when)
{
	when->year = digits(at, 4);
	*at += **at == '-' || **at == '/';
	when->month = digits(at, 2);
	*at += **at == '-' || **at == '/';
	when->day = digits(at, 2);
}

static size_t run_of(const char *at, bool (*is_member)(char))
{
	size_t length = 0;

	while (at[length] && is_member(at[length]))
		length++;
	return length;
}

static bool is_letter(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static void read_word(const char **at, date *when)
{
	char name[8] = "";
	size_t length = run_of(*at, is_letter);

	memcpy(name, *at, length < sizeof(name) - 1 ? length : sizeof(name) - 1);
	if (when->month == 0 && length >= 3 && month_of(name))
		when->month = month_of(name);
	else if (when->second >= 0)
		when->zone_s = zone_of(name);
	*at += length;
}

static void read_number(const char **at, date *when)
{
	size_t length = run_of(*at, is_digit);

	if (length == 4 && when->year == 0 && ((*at)[4] == '-' || (*at)[4] == '/')) {
		read_iso_day(at, when);
	} else if ((*at)[length] == ':') {
		read_clock(at, when);
	} else if (when->day == 0 && length <= 2) {
		when->day = digits(at, 2);
	} else if (when->year == 0) {
		when->year = digits(at, 9);
		if (length == 2)
			when->year += when->year < 70 ? 2000 : 1900;
	} else {
		*at += length;
	}
}

int64_t tsi_lenient_date(const char *text, int64_t now_s)
{
	date when = {.second = -1};
	int64_t stamp;

	/* Each turn takes at least one character; nobody's date is longer. */
	for (int turn = 0; *text && turn < 64; turn++) {
		if (is_letter(*text))
			read_word(&text, &when);
		else if (is_digit(*text))
			read_number(&text, &when);
		else if ((*text == '+' || *text == '-') && when.second >= 0)
			read_zone(&text, &when);
		else
			text++;
	}
	if (when.year < 1970 || when.year > 9999 || when.month < 1 || when.month > 12 || when.day < 1 ||
	    when.day > 31 || when.second > DAY_S)
		return -1;
	stamp = days_of(when.year, when.month, when.day) * DAY_S - when.zone_s;
	stamp += when.second > 0 ? when.second : 0;
	return stamp < 0 || stamp > now_s + DAY_S ? -1 : stamp;
}
