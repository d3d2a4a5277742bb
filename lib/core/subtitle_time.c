/**
 * core/subtitle_time.c - when a cue is shown: the line above its text, and its number.
 */
#include <inttypes.h>
#include <stdio.h>

#include "core/subtitle.h"

/* More is no time but some other number. */
#define MAX_DIGITS 9
#define MAX_HOURS 99999

#define MS_PER_S INT64_C(1000)

static bool is_digit(int character)
{
	return character >= '0' && character <= '9';
}

/* U+FF01 to U+FF5E are ASCII for East Asian columns.  @return 0 if it is none of them */
static int fold_full_width(const unsigned char *at)
{
	int point = 0xF000 | (at[1] & 0x3F) << 6 | (at[2] & 0x3F);

	if (at[0] != 0xEF)
		return 0;
	if (point == 0xFEFF)
		return ' ';
	return point >= 0xFF01 && point <= 0xFF5E ? point - 0xFEE0 : 0;
}

/* What stands for a dash, an arrow or a blank, or is not to be seen. */
static int fold_punctuation(const unsigned char *at)
{
	int point = 0x2000 | (at[1] & 0x3F) << 6 | (at[2] & 0x3F);

	if (at[0] == 0xE3 && at[1] == 0x80 && at[2] == 0x80) /* U+3000 */
		return ' ';
	if (at[0] != 0xE2)
		return 0;
	if ((point >= 0x2010 && point <= 0x2015) || point == 0x2212)
		return '-';
	if (point == 0x2192)
		return '>';
	return (point >= 0x2000 && point <= 0x200F) || (point >= 0x202A && point <= 0x202E) ? ' ' : 0;
}

/** The next character as ASCII, whatever keyboard it was typed on.
 *  @return 0 at the end, -1 for what has no ASCII */
static int peek(const tsi_slice *line, size_t *out_size)
{
	const unsigned char *at = (const unsigned char *)line->begin;
	ptrdiff_t left = line->end - line->begin;

	*out_size = 1;
	if (left == 0)
		return 0;
	if (*at < 0x80)
		return *at == '\t' ? ' ' : *at;
	*out_size = 2;
	if (left >= 2 && at[0] == 0xC2 && at[1] == 0xA0)
		return ' ';
	*out_size = 3;
	int folded = left >= 3 ? fold_full_width(at) : 0;
	if (folded == 0 && left >= 3)
		folded = fold_punctuation(at);
	return folded ? folded : -1;
}

static bool take(tsi_slice *line, int wanted)
{
	size_t size;
	if (peek(line, &size) != wanted)
		return false;
	line->begin += size;
	return true;
}

static void skip_blanks(tsi_slice *line)
{
	while (take(line, ' ')) {
	}
}

/** @return how many digits there are; more than MAX_DIGITS are not all taken */
static int take_digits(tsi_slice *line, int64_t *out_value)
{
	size_t size;
	int count = 0;

	*out_value = 0;
	for (int digit = peek(line, &size); is_digit(digit) && count <= MAX_DIGITS;
	     digit = peek(line, &size)) {
		*out_value = *out_value * 10 + (digit - '0');
		line->begin += size;
		count++;
	}
	return count;
}

/** Digits after a decimal sign: "5" is half a second, as "500" is. */
static bool take_fraction(tsi_slice *line, int64_t *out_ms)
{
	skip_blanks(line);
	int count = take_digits(line, out_ms);
	for (int digits = count; digits < 3; digits++)
		*out_ms *= 10;
	for (int digits = count; digits > 3; digits--)
		*out_ms /= 10;
	return count <= MAX_DIGITS;
}

/** Numbers between colons, with blanks around them.  @return how many, or 0 */
static int take_groups(tsi_slice *line, int64_t groups[3], bool *out_colon_follows)
{
	int count = 0;

	do {
		skip_blanks(line);
		int digits = take_digits(line, &groups[count]);
		if (digits == 0 || digits > MAX_DIGITS)
			return 0;
		count++;
		skip_blanks(line);
		*out_colon_follows = take(line, ':');
	} while (count < 3 && *out_colon_follows);
	return count;
}

/** [-][hours:]minutes:seconds[,fraction], where a fraction may follow a colon, too.
 *  Without hours it needs a fraction: "12:30" is what people say. */
static bool take_time(tsi_slice *line, int64_t *out_ms)
{
	int64_t groups[3] = {0};
	int64_t fraction_ms = 0;
	bool is_fraction = false;

	skip_blanks(line);
	bool is_negative = take(line, '-');
	int count = take_groups(line, groups, &is_fraction);
	is_fraction = is_fraction || take(line, ',') || take(line, '.');
	if (count < 2 || (count == 2 && !is_fraction))
		return false;
	if (is_fraction && !take_fraction(line, &fraction_ms))
		return false;
	int64_t hours = count == 3 ? groups[0] : 0;
	int64_t seconds = (hours * 60 + groups[count - 2]) * 60 + groups[count - 1];
	if (seconds > MAX_HOURS * INT64_C(3600))
		return false;
	*out_ms = (seconds * MS_PER_S + fraction_ms) * (is_negative ? -1 : 1);
	return true;
}

/** "-->", "->", "- >", with dashes and arrows of any kind. */
static bool take_arrow(tsi_slice *line)
{
	skip_blanks(line);
	while (take(line, '-'))
		skip_blanks(line);
	return take(line, '>');
}

bool tsi_subtitle_parse_timing(tsi_slice line, int64_t *out_start_ms, int64_t *out_end_ms,
                               tsi_slice *out_rest)
{
	int64_t start_ms;
	int64_t end_ms;

	if (!take_time(&line, &start_ms) || !take_arrow(&line) || !take_time(&line, &end_ms))
		return false;
	*out_start_ms = start_ms;
	*out_end_ms = end_ms;
	*out_rest = line;
	return true;
}

bool tsi_subtitle_parse_number(tsi_slice line, int64_t *out_number)
{
	int64_t number;
	int64_t ignored;

	skip_blanks(&line);
	bool is_negative = take(&line, '-');
	int count = take_digits(&line, &number);
	if (count == 0 || count > MAX_DIGITS)
		return false;
	while (take(&line, '.')) {
		if (take_digits(&line, &ignored) > MAX_DIGITS)
			return false;
	}
	skip_blanks(&line);
	*out_number = is_negative ? -number : number;
	return line.begin == line.end;
}

void tsi_subtitle_add_time(tsi_buffer *output, int64_t ms)
{
	char text[32];
	int64_t seconds = ms / MS_PER_S;

	snprintf(text, sizeof(text), "%02" PRId64 ":%02d:%02d.%03d", seconds / 3600,
	         (int)(seconds / 60 % 60), (int)(seconds % 60), (int)(ms % MS_PER_S));
	tsi_buffer_add_string(output, text);
}
