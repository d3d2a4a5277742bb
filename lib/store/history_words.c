/**
 * store/history_words.c - what is stored of words that others chose.
 */
#include <stdlib.h>
#include <string.h>

#include "core/magnet_public.h"
#include "core/text.h"
#include "store/history.h"

bool tsi_history_is_session_id(const char *text)
{
	size_t size = strnlen(text, TSTREAM_MAX_SESSION_ID_BYTES + 1);

	for (size_t i = 0; i < size; i++) {
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	}
	return size > 0 && size <= TSTREAM_MAX_SESSION_ID_BYTES;
}

static bool is_blank(const char *text)
{
	return text[strspn(text, " ")] == '\0';
}

char *tsi_history_title(const char *given, const tsi_magnet *magnet, bool *out_is_given)
{
	char infohash[TSTREAM_INFOHASH_BYTES];
	const char *choices[] = {given, magnet->name, infohash};
	char *title = NULL;

	tsi_infohash_format(&magnet->infohash, infohash);
	for (size_t i = 0; i < 3; i++) {
		const char *choice = choices[i] ? choices[i] : "";
		free(title);
		title = tsi_text_clean(choice, strnlen(choice, TSTREAM_MAX_TITLE_READ_BYTES));
		if (out_is_given)
			*out_is_given = i == 0;
		if (!title)
			return NULL;
		tsi_text_cut(title, TSTREAM_MAX_TITLE_BYTES);
		if (!is_blank(title))
			break;
	}
	return title;
}

char *tsi_history_magnet(const char *text, const tsi_magnet *magnet)
{
	return tsi_text_starts_with(text, "magnet:")
	           ? tsi_text_clean(text, strnlen(text, TSTREAM_MAX_MAGNET_BYTES))
	           : tsi_magnet_public(magnet, NULL);
}
