/**
 * media/charset.c - text of any charset as UTF-8.
 */
#include "media/charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/log.h"
#include "core/text.h"

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */
#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

/* Bytes of output asked of iconv at once. */
#define CHUNK_BYTES ((size_t)16 * 1024)
/* How much of the text is looked at for zeros, which only UTF-16 and UTF-32 have. */
#define SAMPLE_BYTES ((size_t)4096)

/* By letters and digits.  Where a name means less than what people write under it (as the
 * Encoding Standard of the WHATWG has found), it stands for the larger one. */
static const struct {
	const char *name;
	const char *iconv_name;
} known[] = {
    {"utf8", "UTF-8"},
    {"ascii", "UTF-8"},
    {"usascii", "UTF-8"},
    {"utf16", "UTF-16LE"},
    {"utf16le", "UTF-16LE"},
    {"utf16be", "UTF-16BE"},
    {"utf32", "UTF-32LE"},
    {"utf32le", "UTF-32LE"},
    {"utf32be", "UTF-32BE"},
    {"windows1250", "CP1250"},
    {"windows1251", "CP1251"},
    {"windows1252", "CP1252"},
    {"windows1253", "CP1253"},
    {"windows1254", "CP1254"},
    {"windows1255", "CP1255"},
    {"windows1256", "CP1256"},
    {"windows1257", "CP1257"},
    {"windows1258", "CP1258"},
    {"windows874", "CP874"},
    {"cp1250", "CP1250"},
    {"cp1251", "CP1251"},
    {"cp1252", "CP1252"},
    {"cp1253", "CP1253"},
    {"cp1254", "CP1254"},
    {"cp1255", "CP1255"},
    {"cp1256", "CP1256"},
    {"cp1257", "CP1257"},
    {"cp1258", "CP1258"},
    {"cp874", "CP874"},
    {"tis620", "CP874"},
    {"iso885911", "CP874"},
    {"latin1", "CP1252"},
    {"iso88591", "CP1252"},
    {"iso88592", "ISO-8859-2"},
    {"iso88593", "ISO-8859-3"},
    {"iso88594", "ISO-8859-4"},
    {"iso88595", "ISO-8859-5"},
    {"iso88596", "ISO-8859-6"},
    {"iso88597", "ISO-8859-7"},
    {"iso88598", "ISO-8859-8"},
    {"iso88599", "CP1254"},
    {"iso885910", "ISO-8859-10"},
    {"iso885913", "ISO-8859-13"},
    {"iso885914", "ISO-8859-14"},
    {"iso885915", "ISO-8859-15"},
    {"iso885916", "ISO-8859-16"},
    {"koi8r", "KOI8-R"},
    {"koi8u", "KOI8-U"},
    {"ibm437", "CP437"},
    {"cp437", "CP437"},
    {"ibm850", "CP850"},
    {"cp850", "CP850"},
    {"ibm852", "CP852"},
    {"cp852", "CP852"},
    {"ibm855", "CP855"},
    {"cp855", "CP855"},
    {"ibm865", "CP865"},
    {"cp865", "CP865"},
    {"ibm866", "CP866"},
    {"cp866", "CP866"},
    {"macintosh", "MACINTOSH"},
    {"maccyrillic", "MAC-CYRILLIC"},
    {"maccentraleurope", "MAC-CENTRALEUROPE"},
    {"viscii", "VISCII"},
    {"big5", "BIG5-HKSCS"},
    {"big5hkscs", "BIG5-HKSCS"},
    {"euctw", "EUC-TW"},
    {"gb2312", "GB18030"},
    {"gbk", "GB18030"},
    {"gb18030", "GB18030"},
    {"eucjp", "EUC-JP"},
    {"shiftjis", "CP932"},
    {"sjis", "CP932"},
    {"cp932", "CP932"},
    {"euckr", "UHC"},
    {"uhc", "UHC"},
    {"cp949", "UHC"},
    {"johab", "JOHAB"},
};

/* Says something about every byte, so that nobody gets nothing. */
static const char fallback[] = "CP1252";

const char *tsi_charset_find(const char *name)
{
	char key[TSI_CHARSET_NAME_BYTES];
	size_t size = 0;

	for (; *name; name++) {
		bool is_lower = *name >= 'a' && *name <= 'z';
		bool is_upper = *name >= 'A' && *name <= 'Z';
		bool is_digit = *name >= '0' && *name <= '9';
		if (!is_lower && !is_upper && !is_digit)
			continue;
		if (size == sizeof(key) - 1)
			return NULL;
		key[size++] = (char)(is_upper ? *name - 'A' + 'a' : *name);
	}
	key[size] = '\0';
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i].name, key) == 0)
			return known[i].iconv_name;
	}
	return NULL;
}

/* -- finding out ---------------------------------------------------------- */

static const char *find_byte_order_mark(const char *bytes, size_t size)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *charset;
	} marks[] = {
	    {"\xFF\xFE\0\0", 4, "UTF-32LE"}, {"\0\0\xFE\xFF", 4, "UTF-32BE"},
	    {BYTE_ORDER_MARK, 3, "UTF-8"},   {"\xFF\xFE", 2, "UTF-16LE"},
	    {"\xFE\xFF", 2, "UTF-16BE"},
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (size >= marks[i].size && memcmp(bytes, marks[i].bytes, marks[i].size) == 0)
			return marks[i].charset;
	}
	return NULL;
}

/** Digits and colons of the times make every other byte zero, or three of four. */
static const char *find_by_zeros(const char *bytes, size_t size)
{
	size_t zeros[4] = {0};
	size_t sample = (size < SAMPLE_BYTES ? size : SAMPLE_BYTES) / 4;

	for (size_t i = 0; i < sample * 4; i++)
		zeros[i % 4] += bytes[i] == 0;
	size_t even = zeros[0] + zeros[2];
	size_t odd = zeros[1] + zeros[3];
	if (even + odd == 0)
		return NULL;
	if (zeros[3] == sample && zeros[2] > sample / 4 * 3 && zeros[0] < sample / 4)
		return "UTF-32LE";
	if (zeros[0] == sample && zeros[1] > sample / 4 * 3 && zeros[3] < sample / 4)
		return "UTF-32BE";
	if (odd > sample / 2 && even < odd / 8)
		return "UTF-16LE";
	if (even > sample / 2 && odd < even / 8)
		return "UTF-16BE";
	return NULL;
}

/** True of text with a wrong byte here and there, too: one that was cut off, or put
 *  together from two files. */
static bool is_mostly_utf8(const char *bytes, size_t size)
{
	size_t good = 0;
	size_t bad = 0;
	uint32_t point;

	for (size_t i = 0; i < size;) {
		size_t taken = tsi_text_decode(bytes + i, size - i, &point);
		good += taken > 1;
		bad += taken == 0;
		i += taken > 0 ? taken : 1;
	}
	return good / 20 >= bad;
}

#if !defined(TSI_WITH_UCHARDET) || !TSI_WITH_UCHARDET
int tsi_charset_guess(const char *bytes, size_t size, char out_name[TSI_CHARSET_NAME_BYTES])
{
	(void)bytes;
	(void)size;
	(void)out_name;
	return TSTREAM_ENOTSUP;
}
#endif

static int find_out(const char *bytes, size_t size, const char **out_charset, tstream_error *err)
{
	char guess[TSI_CHARSET_NAME_BYTES];
	const char *found = find_byte_order_mark(bytes, size);

	if (!found)
		found = find_by_zeros(bytes, size);
	if (!found && is_mostly_utf8(bytes, size))
		found = "UTF-8";
	if (!found) {
		int code = tsi_charset_guess(bytes, size, guess);
		if (code == TSTREAM_ENOTSUP)
			return tsi_fail(err, code,
			                "the text is not Unicode, and this build of the library (without "
			                "uchardet) cannot guess its charset: name it");
		if (code != TSTREAM_OK)
			return tsi_fail(err, code, "out of memory");
		/* Whatever it is, UTF-8 it is not: that was found out before. */
		found = tsi_charset_find(guess);
		if (!found || strcmp(found, "UTF-8") == 0)
			found = fallback;
	}
	*out_charset = found;
	return TSTREAM_OK;
}

/* -- converting ----------------------------------------------------------- */

/** How far to go on from what is no character. */
static size_t unit_size(const char *charset)
{
	if (strncmp(charset, "UTF-16", 6) == 0)
		return 2;
	return strncmp(charset, "UTF-32", 6) == 0 ? 4 : 1;
}

/** @return 0, or errno of what iconv could not take */
static int convert_some(iconv_t converter, char **bytes, size_t *left, tsi_buffer *output)
{
	size_t room_left = CHUNK_BYTES;
	char *room = tsi_buffer_reserve(output, CHUNK_BYTES);

	if (!room)
		return ENOMEM;
	int code = iconv(converter, bytes, left, &room, &room_left) == (size_t)-1 ? errno : 0;
	tsi_buffer_grew(output, CHUNK_BYTES - room_left);
	return code == E2BIG ? 0 : code;
}

static void convert_all(iconv_t converter, size_t unit, const char *bytes, size_t size,
                        tsi_buffer *output)
{
	/* iconv does not write to it; its type is older than const. */
	char *at = (char *)(uintptr_t)bytes;
	size_t left = size;

	while (left > 0 && output->code == TSTREAM_OK) {
		if (convert_some(converter, &at, &left, output) == 0 || output->code != TSTREAM_OK)
			continue;
		size_t skipped = unit < left ? unit : left;
		tsi_buffer_add_string(output, REPLACEMENT);
		at += skipped;
		left -= skipped;
	}
	/* What is held back for a combining mark that did not come. */
	if (output->code == TSTREAM_OK)
		convert_some(converter, NULL, NULL, output);
}

static void drop_byte_order_mark(tsi_buffer *output)
{
	size_t mark = sizeof(BYTE_ORDER_MARK) - 1;

	if (output->size >= mark && memcmp(output->bytes, BYTE_ORDER_MARK, mark) == 0) {
		memmove(output->bytes, output->bytes + mark, output->size - mark);
		tsi_buffer_cut(output, output->size - mark);
	}
}

/** Not by iconv: the C library's lets through what lies beyond Unicode. */
static void convert_utf8(const char *bytes, size_t size, tsi_buffer *output)
{
	uint32_t point;
	size_t begin = 0;

	for (size_t i = 0; i < size && output->code == TSTREAM_OK;) {
		size_t taken = tsi_text_decode(bytes + i, size - i, &point);
		if (taken == 0) {
			tsi_buffer_add(output, bytes + begin, i - begin);
			tsi_buffer_add_string(output, REPLACEMENT);
			begin = i + 1;
		}
		i += taken > 0 ? taken : 1;
	}
	tsi_buffer_add(output, bytes + begin, size - begin);
}

static int convert_by_iconv(const char *charset, const char *bytes, size_t size, tsi_buffer *output,
                            tstream_error *err)
{
	iconv_t converter = iconv_open("UTF-8", charset);

	if (converter == (iconv_t)-1)
		return errno == ENOMEM ? tsi_fail(err, TSTREAM_ENOMEM, "out of memory")
		                       : tsi_fail(err, TSTREAM_EINVAL,
		                                  "the C library cannot convert charset %s", charset);
	convert_all(converter, unit_size(charset), bytes, size, output);
	iconv_close(converter);
	return TSTREAM_OK;
}

static int convert_from(const char *charset, const char *bytes, size_t size, tsi_buffer *output,
                        tstream_error *err)
{
	int code = TSTREAM_OK;

	/* A byte becomes at most one character of the basic plane: three bytes. */
	output->max_size = 3 * size + 2 * CHUNK_BYTES;
	if (strcmp(charset, "UTF-8") == 0)
		convert_utf8(bytes, size, output);
	else
		code = convert_by_iconv(charset, bytes, size, output, err);
	if (code != TSTREAM_OK)
		return code;
	if (output->code != TSTREAM_OK)
		return tsi_fail(err, TSTREAM_ENOMEM, "out of memory");
	drop_byte_order_mark(output);
	return TSTREAM_OK;
}

int tsi_charset_convert(const char *bytes, size_t size, const char *charset, tsi_buffer *output,
                        tstream_error *err)
{
	const char *found = charset ? tsi_charset_find(charset) : fallback;

	if (!found)
		return tsi_fail(err, TSTREAM_EINVAL, "%.40s is no charset that is known here", charset);
	if (!charset) {
		int code = find_out(bytes, size, &found, err);
		if (code != TSTREAM_OK)
			return code;
	}
	return convert_from(found, bytes, size, output, err);
}
