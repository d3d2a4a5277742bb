/* disposition.h - the Content-Disposition field (RFC 6266, RFC 8187).  Pure. */
#ifndef SERVER_DISPOSITION_H
#define SERVER_DISPOSITION_H

#include "text.h"

#include <stdbool.h>

/* Adds the whole line.  name: UTF-8, one path component. */
void disposition_add(struct text *head, const char *name, bool is_attachment);

#endif
