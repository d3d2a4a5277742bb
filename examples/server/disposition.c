#include "disposition.h"

#include <string.h>

/* Quotes and percent signs are read in different ways by different clients, and what looks like
 * a parameter is taken for one by careless ones. */
static bool is_plain(char c)
{
	return c >= ' ' && c < 127 && !strchr("\"\\%;=/", c);
}

void disposition_add(struct text *head, const char *name, bool is_attachment)
{
	bool has_other = false;

	text_addf(head, "Content-Disposition: %s; filename=\"",
	          is_attachment ? "attachment" : "inline");
	/* For clients that do not know filename*: one '_' for each character, not each byte. */
	for (const char *p = name; *p; p++) {
		bool is_continuation = ((unsigned char)*p & 0xC0) == 0x80;
		if (!is_continuation)
			text_add_bytes(head, is_plain(*p) ? p : "_", 1);
		has_other = has_other || !is_plain(*p);
	}
	text_add(head, "\"");
	if (has_other) {
		text_add(head, "; filename*=UTF-8''");
		text_add_percent_encoded(head, name);
	}
	text_add(head, "\r\n");
}
