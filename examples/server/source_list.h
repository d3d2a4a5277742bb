/* source_list.h - indexers and feeds as settings name them: URLs, some with a name before. */
#ifndef SERVER_SOURCE_LIST_H
#define SERVER_SOURCE_LIST_H

#include <tstream/base.h>

/* 0; a TSTREAM_E code and err */
typedef int (*source_list_fn)(void *user, const char *name, const char *url, tstream_error *err);

/* Each word of text, and of the file's lines that do not begin with '#', is URL or NAME=URL;
 * without a name they are called kind, kind-2, kind-3.  Both may be NULL.
 * 0; what add gave, or TSTREAM_EINVAL.  err names the source, and no part of its URL */
int source_list_read(const char *kind, const char *text, const char *file, source_list_fn add,
                     void *user, tstream_error *err);

#endif
