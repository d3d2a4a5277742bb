/**
 * core/timestamp.c - microseconds since 1970 in UTC, and how they are written.
 */
#include "core/timestamp.h"

#include <stddef.h>
#include <string.h>

#define US_PER_S 1000000
/* The Gregorian calendar repeats itself every 400 years. */
#define DAYS_PER_ERA 146097
#define YEARS_PER_ERA 400
/* From 0000-03-01, where counting is easiest, to 1970-01-01. */
#define DAYS_TO_1970 719468

typedef struct date {
	int64_t year;
	int64_t month; /* 1 to 12 */
	int64_t day;   /* 1 to 31 */
} date;

/* Years here begin in March, so that a leap day is the last day of one. */
static date date_of_day(int64_t days)
{
	int64_t since = days + DAYS_TO_1970;
	int64_t era = since / DAYS_PER_ERA;
	int64_t day_of_era = since % DAYS_PER_ERA;
	int64_t year_of_era =
	    (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month_from_march = (5 * day_of_year + 2) / 153;
	date result = {
	    .year = era * YEARS_PER_ERA + year_of_era + (month_from_march >= 10),
	    .month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9,
	    .day = day_of_year - (153 * month_from_march + 2) / 5 + 1,
	};
	return result;
}

static int64_t day_of_date(date from)
{
	int64_t year = from.month <= 2 ? from.year - 1 : from.year;
	int64_t era = year / YEARS_PER_ERA;
	int64_t year_of_era = year % YEARS_PER_ERA;
	int64_t month_from_march = from.month > 2 ? from.month - 3 : from.month + 9;
	int64_t day_of_year = (153 * month_from_march + 2) / 5 + from.day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * DAYS_PER_ERA + day_of_era - DAYS_TO_1970;
}

static char *put_number(char *out, int64_t number, size_t digits)
{
	for (size_t i = digits; i > 0; i--) {
		out[i - 1] = (char)('0' + number % 10);
		number /= 10;
	}
	return out + digits;
}

static char *put_separator(char *out, char separator)
{
	*out = separator;
	return out + 1;
}

void tsi_timestamp_format(int64_t at_us, char separator, char out_text[TSI_TIMESTAMP_BYTES])
{
	int64_t us = at_us < 0 ? 0 : at_us > TSI_TIMESTAMP_MAX_US ? TSI_TIMESTAMP_MAX_US : at_us;
	int64_t second_of_day = us % TSI_US_PER_DAY / US_PER_S;
	date day = date_of_day(us / TSI_US_PER_DAY);
	char *out = out_text;

	out = put_separator(put_number(out, day.year, 4), '-');
	out = put_separator(put_number(out, day.month, 2), '-');
	out = put_separator(put_number(out, day.day, 2), separator);
	out = put_separator(put_number(out, second_of_day / 3600, 2), ':');
	out = put_separator(put_number(out, second_of_day / 60 % 60, 2), ':');
	out = put_separator(put_number(out, second_of_day % 60, 2), '.');
	out = put_number(out, us % US_PER_S, 6);
	*out = '\0';
}

/** Digits, then what must follow them ('\0': anything may).
 *  @return where to go on, or NULL */
static const char *take_number(const char *text, size_t digits, char follower, int64_t *out)
{
	*out = 0;
	for (size_t i = 0; text && i < digits; i++) {
		if (text[i] < '0' || text[i] > '9')
			return NULL;
		*out = *out * 10 + (text[i] - '0');
	}
	if (!text || (follower && text[digits] != follower))
		return NULL;
	return text + digits + (follower ? 1 : 0);
}

/** ".5" is half a second; no fraction is none. */
static bool take_fraction(const char *text, int64_t *out_us)
{
	int64_t unit = US_PER_S / 10;

	*out_us = 0;
	if (*text == '.')
		text++;
	for (; *text >= '0' && *text <= '9' && unit > 0; text++) {
		*out_us += (*text - '0') * unit;
		unit /= 10;
	}
	return *text == '\0';
}

bool tsi_timestamp_parse(const char *text, int64_t *out_at_us)
{
	date day;
	int64_t hour;
	int64_t minute;
	int64_t second;
	int64_t us;

	text = take_number(text, 4, '-', &day.year);
	text = take_number(text, 2, '-', &day.month);
	text = take_number(text, 2, '\0', &day.day);
	if (!text || (*text != ' ' && *text != 'T'))
		return false;
	text = take_number(text + 1, 2, ':', &hour);
	text = take_number(text, 2, ':', &minute);
	text = take_number(text, 2, '\0', &second);
	if (!text || !take_fraction(text, &us) || day.month < 1 || day.month > 12 || day.day < 1 ||
	    day.day > 31 || hour > 23 || minute > 59 || second > 59)
		return false;
	*out_at_us =
	    ((day_of_date(day) * 24 + hour) * 60 + minute) * 60 * US_PER_S + second * US_PER_S + us;
	return true;
}

int64_t tsi_timestamp_day(int64_t at_us)
{
	int64_t day = at_us / TSI_US_PER_DAY;

	return at_us % TSI_US_PER_DAY < 0 ? day - 1 : day;
}
