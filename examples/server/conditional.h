/* conditional.h - preconditions of RFC 9110, section 13, for a file with a strong ETag and no
 * date.  Pure. */
#ifndef SERVER_CONDITIONAL_H
#define SERVER_CONDITIONAL_H

#include <stdbool.h>

enum conditional_result {
	CONDITIONAL_GO_ON,
	CONDITIONAL_NOT_MODIFIED, /* 304 */
	CONDITIONAL_FAILED,       /* 412 */
};

/* For GET and HEAD.  Headers may be NULL; etag has its quotes.  In the order of 13.2.2. */
enum conditional_result conditional_evaluate(const char *if_match, const char *if_none_match,
                                             const char *etag);

/* Whether Range may be honoured.  A date never matches: we send no Last-Modified. */
bool conditional_range_applies(const char *if_range, const char *etag);

#endif
