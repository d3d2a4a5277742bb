#include "conditional.h"

#include <stddef.h>
#include <string.h>

/* One entity tag at *text; moves past it.  Its quotes are part of it, W/ is not. */
static bool next_tag(const char **text, bool *is_weak, const char **tag, size_t *tag_size)
{
	const char *p = *text;

	p += strspn(p, ", \t");
	*is_weak = p[0] == 'W' && p[1] == '/';
	if (*is_weak)
		p += 2;
	if (*p != '"')
		return false;
	const char *end = strchr(p + 1, '"');
	if (!end)
		return false;
	*tag = p;
	*tag_size = (size_t)(end + 1 - p);
	*text = end + 1;
	return true;
}

static bool list_has(const char *list, const char *etag, bool weak_matches)
{
	const char *tag;
	size_t tag_size;
	bool is_weak;

	if (strcmp(list, "*") == 0)
		return true;
	while (next_tag(&list, &is_weak, &tag, &tag_size)) {
		if ((!is_weak || weak_matches) && tag_size == strlen(etag) &&
		    memcmp(tag, etag, tag_size) == 0)
			return true;
	}
	return false;
}

enum conditional_result conditional_evaluate(const char *if_match, const char *if_none_match,
                                             const char *etag)
{
	if (if_match && !list_has(if_match, etag, false))
		return CONDITIONAL_FAILED;
	if (if_none_match && list_has(if_none_match, etag, true))
		return CONDITIONAL_NOT_MODIFIED;
	return CONDITIONAL_GO_ON;
}

bool conditional_range_applies(const char *if_range, const char *etag)
{
	return !if_range || strcmp(if_range, etag) == 0;
}
