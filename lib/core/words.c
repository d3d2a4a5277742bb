#include "core/words.h"

#include <stdlib.h>
#include <string.h>
#include <tstream/search.h>
#include <utf8proc.h>

#include "base/log.h"
#include "core/text.h"

#define RELEVANCE_BEGINS 900
#define RELEVANCE_PHRASE 800
#define RELEVANCE_ALL_WORDS 600
#define RELEVANCE_SOME_WORDS 500

static char *map(const char *text, utf8proc_option_t options)
{
	utf8proc_uint8_t *mapped = NULL;
	utf8proc_ssize_t size = utf8proc_map((const utf8proc_uint8_t *)text, 0, &mapped,
	                                     options | UTF8PROC_NULLTERM | UTF8PROC_STABLE);

	return size < 0 ? NULL : (char *)mapped;
}

static bool is_valid(const char *text, size_t size)
{
	uint32_t point = 0;
	size_t taken;

	while (size > 0 && (taken = tsi_text_decode(text, size, &point)) > 0) {
		text += taken;
		size -= taken;
	}
	return size == 0;
}

/* In place: spaces and what is worse become one space between words. */
static void join_spaces(char *text)
{
	char *to = text;
	bool is_gap = false;

	for (const char *from = text; *from; from++) {
		if ((unsigned char)*from <= ' ' || *from == 0x7F) {
			is_gap = to != text;
			continue;
		}
		if (is_gap)
			*to++ = ' ';
		is_gap = false;
		*to++ = *from;
	}
	*to = '\0';
}

int tsi_query_tidy(const char *typed, char **out_text, char **out_key, tstream_error *err)
{
	size_t size = typed ? strnlen(typed, TSTREAM_MAX_QUERY_BYTES + 1) : 0;
	char *text;
	char *key;

	if (size > TSTREAM_MAX_QUERY_BYTES)
		return tsi_fail(err, TSTREAM_EINVAL, "The query is longer than %d bytes.",
		                TSTREAM_MAX_QUERY_BYTES);
	if (size > 0 && !is_valid(typed, size))
		return tsi_fail(err, TSTREAM_EINVAL, "The query is not UTF-8.");
	text = map(size > 0 ? typed : "", UTF8PROC_COMPOSE | UTF8PROC_STRIPCC);
	key = text ? (join_spaces(text), map(text, UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD)) : NULL;
	if (!key) {
		free(text);
		return tsi_fail(err, TSTREAM_ENOMEM, "Out of memory.");
	}
	if (!*text) {
		free(text);
		free(key);
		return tsi_fail(err, TSTREAM_EINVAL, "The query is empty.");
	}
	*out_text = text;
	*out_key = key;
	return TSTREAM_OK;
}

static bool is_word_part(uint32_t point)
{
	utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)point);

	return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO;
}

char *tsi_words_of(const char *text)
{
	char *words = map(text, UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
	                            UTF8PROC_STRIPMARK | UTF8PROC_IGNORE);
	size_t size = words ? strlen(words) : 0;
	uint32_t point = 0;

	for (size_t at = 0; at < size;) {
		size_t taken = tsi_text_decode(words + at, size - at, &point);

		if (taken == 0 || !is_word_part(point))
			memset(words + at, ' ', taken ? taken : 1);
		at += taken ? taken : 1;
	}
	if (words)
		join_spaces(words);
	return words;
}

/* Where a word of the title begins with this; NULL: nowhere. */
static const char *find_word(const char *title, const char *word, size_t size)
{
	for (const char *at = title; at; at = strchr(at, ' ')) {
		at += *at == ' ';
		if (strncmp(at, word, size) == 0)
			return at;
	}
	return NULL;
}

/* Two points for a word, one for what only begins one or, as in writing without spaces,
 * lies within one. */
static int word_points(const char *title, const char *word, size_t size)
{
	for (const char *at = find_word(title, word, size); at;
	     at = strchr(at, ' ') ? find_word(strchr(at, ' ') + 1, word, size) : NULL) {
		if (at[size] == ' ' || at[size] == '\0')
			return 2;
	}
	return memmem(title, strlen(title), word, size) ? 1 : 0;
}

int tsi_words_relevance(const char *query, const char *title)
{
	size_t size = strlen(query);
	const char *phrase = size ? find_word(title, query, size) : NULL;
	int points = 0;
	int word_count = 0;

	if (size == 0)
		return 0;
	if (strcmp(query, title) == 0)
		return TSI_MAX_RELEVANCE;
	if (phrase && (phrase[size] == ' ' || phrase[size] == '\0'))
		return phrase == title ? RELEVANCE_BEGINS : RELEVANCE_PHRASE;
	for (const char *word = query; *word; word_count++) {
		size_t word_size = strcspn(word, " ");

		points += word_points(title, word, word_size);
		word += word_size + (word[word_size] == ' ');
	}
	if (points == 2 * word_count)
		return RELEVANCE_ALL_WORDS;
	return RELEVANCE_SOME_WORDS * points / (2 * word_count);
}

bool tsi_words_match(const char *query, const char *title)
{
	for (const char *word = query; *word;) {
		size_t size = strcspn(word, " ");

		if (!find_word(title, word, size))
			return false;
		word += size + (word[size] == ' ');
	}
	return true;
}
