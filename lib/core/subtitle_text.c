/**
 * core/subtitle_text.c - the text of a cue: tags, entities, and nothing that a browser
 * could take for more than text.
 */
#include <string.h>

#include "core/subtitle.h"
#include "core/text.h"

/* What is longer is no tag, and no entity.  Bounds how far each '<' and '&' looks. */
#define MAX_TAG_BYTES 256
#define MAX_ENTITY_BYTES 10
#define MAX_NAME_BYTES 8

enum tag { TAG_B, TAG_I, TAG_U, TAG_RUBY, TAG_RT, TAG_COUNT, TAG_BREAK, TAG_DROPPED, TAG_UNKNOWN };

static const char *const tag_names[TAG_COUNT] = {"b", "i", "u", "ruby", "rt"};

/** What has been written of one cue. */
typedef struct writing {
	tsi_buffer *output;
	bool has_braces;
	enum tag open[TAG_COUNT]; /**< outermost first; none twice */
	size_t open_count;
	bool has_text;
	bool wants_space; /**< before the next character */
	bool wants_line;  /**< likewise: thus no line is ever blank */
} writing;

static void add_visible(writing *w, const char *bytes, size_t size)
{
	if (w->has_text && w->wants_line)
		tsi_buffer_add(w->output, "\n", 1);
	else if (w->has_text && w->wants_space)
		tsi_buffer_add(w->output, " ", 1);
	w->wants_line = w->wants_space = false;
	w->has_text = true;
	tsi_buffer_add(w->output, bytes, size);
}

/** @param character  one of UTF-8 */
static void add_character(writing *w, const char *character, size_t size)
{
	unsigned char first = (unsigned char)character[0];

	if (first == ' ' || first == '\t')
		w->wants_space = true;
	else if (first == '\n')
		w->wants_line = true;
	else if (first == '&')
		add_visible(w, "&amp;", 5);
	else if (first == '<')
		add_visible(w, "&lt;", 4);
	else if (first == '>') /* and with it "-->", which would begin another cue */
		add_visible(w, "&gt;", 4);
	else if (first >= 0x20 && first != 0x7F && !(first == 0xC2 && (character[1] & 0x60) == 0) &&
	         !(size == 3 && memcmp(character, "\xEF\xBB\xBF", 3) == 0))
		add_visible(w, character, size); /* no control character, no byte order mark */
}

/* -- entities ------------------------------------------------------------- */

static size_t encode_utf8(uint32_t point, char out[4])
{
	static const unsigned char leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
	size_t size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;

	for (size_t i = size - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (point & 0x3F));
		point >>= 6;
	}
	out[0] = (char)(leads[size] | point);
	return size;
}

/** "#39" or "#x27".  @return 0 if it is no character */
static uint32_t parse_reference(const char *name, size_t size)
{
	bool is_hexadecimal = size > 1 && (name[1] == 'x' || name[1] == 'X');
	uint32_t point = 0;

	for (size_t i = is_hexadecimal ? 2 : 1; i < size; i++) {
		uint32_t digit = name[i] >= '0' && name[i] <= '9'   ? (uint32_t)(name[i] - '0')
		                 : name[i] >= 'a' && name[i] <= 'f' ? (uint32_t)(name[i] - 'a' + 10)
		                 : name[i] >= 'A' && name[i] <= 'F' ? (uint32_t)(name[i] - 'A' + 10)
		                                                    : 16;
		if (digit >= (is_hexadecimal ? 16u : 10u) || point > 0x10FFFF)
			return 0;
		point = point * (is_hexadecimal ? 16 : 10) + digit;
	}
	return point > 0x10FFFF || (point >= 0xD800 && point < 0xE000) ? 0 : point;
}

/** Those of WebVTT stay as they are; others become the character they stand for. */
static bool add_named(writing *w, const char *name, size_t size)
{
	static const struct {
		const char *name;
		const char *text;
	} known[] = {{"amp", "&amp;"}, {"lt", "&lt;"},   {"gt", "&gt;"}, {"nbsp", "&nbsp;"},
	             {"lrm", "&lrm;"}, {"rlm", "&rlm;"}, {"quot", "\""}, {"apos", "'"}};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strlen(known[i].name) == size && memcmp(known[i].name, name, size) == 0) {
			add_visible(w, known[i].text, strlen(known[i].text));
			return true;
		}
	}
	return false;
}

/** @return how many bytes it has; 0 if there is none at @p rest */
static size_t take_entity(writing *w, tsi_slice rest)
{
	char character[4];
	size_t left = (size_t)(rest.end - rest.begin);
	const char *end = memchr(rest.begin, ';', left < MAX_ENTITY_BYTES ? left : MAX_ENTITY_BYTES);
	if (!end)
		return 0;
	const char *name = rest.begin + 1;
	size_t size = (size_t)(end - name);
	size_t taken = (size_t)(end + 1 - rest.begin);
	if (size > 1 && name[0] == '#') {
		uint32_t point = parse_reference(name, size);
		if (point == 0)
			return 0;
		add_character(w, character, encode_utf8(point, character));
		return taken;
	}
	return add_named(w, name, size) ? taken : 0;
}

/* -- tags ----------------------------------------------------------------- */

static void add_tag(writing *w, enum tag tag, const char *bracket)
{
	tsi_buffer_add_string(w->output, bracket);
	tsi_buffer_add_string(w->output, tag_names[tag]);
	tsi_buffer_add(w->output, ">", 1);
}

static bool is_open(const writing *w, enum tag tag)
{
	for (size_t i = 0; i < w->open_count; i++) {
		if (w->open[i] == tag)
			return true;
	}
	return false;
}

static void open_tag(writing *w, enum tag tag)
{
	if (is_open(w, tag) || (tag == TAG_RT && !is_open(w, TAG_RUBY)))
		return;
	/* Only a ruby may hold an rt, and only directly. */
	if (tag == TAG_RT && w->open[w->open_count - 1] != TAG_RUBY)
		return;
	/* Or the space would be underlined. */
	if (w->has_text && w->wants_space && !w->wants_line) {
		tsi_buffer_add(w->output, " ", 1);
		w->wants_space = false;
	}
	w->open[w->open_count++] = tag;
	add_tag(w, tag, "<");
}

/** And with it those inside of it. */
static void close_tag(writing *w, enum tag tag)
{
	enum tag innermost = TAG_UNKNOWN;

	while (is_open(w, tag) && innermost != tag) {
		innermost = w->open[--w->open_count];
		add_tag(w, innermost, "</");
	}
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/** @param name  what is between the brackets, without a slash before it */
static enum tag find_tag(const char *name, const char *end)
{
	static const struct {
		const char *name;
		enum tag tag;
	} known[] = {
	    {"b", TAG_B},       {"strong", TAG_B},     {"i", TAG_I},
	    {"em", TAG_I},      {"u", TAG_U},          {"ruby", TAG_RUBY},
	    {"rt", TAG_RT},     {"br", TAG_BREAK},     {"font", TAG_DROPPED},
	    {"s", TAG_DROPPED}, {"span", TAG_DROPPED}, {"c", TAG_DROPPED},
	    {"v", TAG_DROPPED}, {"lang", TAG_DROPPED}, {"strike", TAG_DROPPED},
	    {"p", TAG_DROPPED},
	};
	char text[MAX_NAME_BYTES] = "";
	size_t size = 0;

	while (name < end && is_letter(*name) && size < sizeof(text) - 1)
		text[size++] = *name++;
	/* Attributes and classes may follow. */
	if (name < end && !strchr(" \t./=", *name))
		return TAG_UNKNOWN;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (tsi_text_equals(text, known[i].name))
			return known[i].tag;
	}
	return TAG_UNKNOWN;
}

/** <00:01.000>, which is when the text after it is to be lit up. */
static bool is_timestamp(const char *inside, const char *end)
{
	const char *at = inside;

	while (at < end && ((*at >= '0' && *at <= '9') || *at == ':' || *at == '.'))
		at++;
	return at == end && memchr(inside, ':', (size_t)(end - inside));
}

/** @param inside  what is between the brackets
 *  @return false if it is no tag that is known */
static bool take_inside(writing *w, const char *inside, const char *end)
{
	while (inside < end && *inside == ' ')
		inside++;
	bool is_closing = inside < end && *inside == '/';
	const char *name = inside + is_closing;
	while (name < end && *name == ' ')
		name++;
	enum tag tag = find_tag(name, end);
	if (tag == TAG_UNKNOWN)
		return is_timestamp(inside, end);
	if (tag == TAG_BREAK)
		w->wants_line = true;
	else if (tag < TAG_COUNT && is_closing)
		close_tag(w, tag);
	else if (tag < TAG_COUNT && end[-1] != '/') /* <b/> holds nothing */
		open_tag(w, tag);
	return true;
}

/** "{\an8}" is dropped; "{b}" is another "<b>". */
static bool take_braces(writing *w, const char *inside, const char *end)
{
	if (inside < end && *inside == '\\')
		return true;
	const char *name = inside + (inside < end && *inside == '/');
	bool is_tag = end - name == 1 && strchr("biu", *name);
	return is_tag && take_inside(w, inside, end);
}

/** @return how many bytes it has; 0 if there is none at @p rest */
static size_t take_tag(writing *w, tsi_slice rest)
{
	bool is_brace = *rest.begin == '{';
	size_t left = (size_t)(rest.end - rest.begin);
	const char *end =
	    memchr(rest.begin, is_brace ? '}' : '>', left < MAX_TAG_BYTES ? left : MAX_TAG_BYTES);
	if (!end)
		return 0;
	bool is_taken =
	    is_brace ? take_braces(w, rest.begin + 1, end) : take_inside(w, rest.begin + 1, end);
	return is_taken ? (size_t)(end + 1 - rest.begin) : 0;
}

/* -- lines ---------------------------------------------------------------- */

static size_t character_size(const char *at)
{
	unsigned char lead = (unsigned char)*at;

	return lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

static void add_line(writing *w, tsi_slice line)
{
	while (line.begin < line.end) {
		size_t taken = 0;
		if (*line.begin == '<' || (*line.begin == '{' && w->has_braces))
			taken = take_tag(w, line);
		else if (*line.begin == '&')
			taken = take_entity(w, line);
		if (taken == 0) {
			taken = character_size(line.begin);
			add_character(w, line.begin, taken);
		}
		line.begin += taken;
	}
	w->wants_line = true;
}

bool tsi_subtitle_add_text(tsi_buffer *output, tsi_slice text, bool has_braces)
{
	writing w = {.output = output, .has_braces = has_braces};
	tsi_slice line;

	while (tsi_subtitle_next_line(&text, &line))
		add_line(&w, line);
	while (w.open_count > 0)
		close_tag(&w, w.open[w.open_count - 1]);
	return w.has_text;
}
