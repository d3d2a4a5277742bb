/**
 * core/path.c - paths of torrents' files, fit for a file system.
 */
#include "core/path.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"

#define EXTENSION_BYTES 16 /* a longer one is no extension */

/* As many as there were dots; one for nothing. */
static size_t copy_underscores(char *out, size_t size)
{
	size_t count = size ? size : 1;

	memset(out, '_', count);
	return count;
}

static size_t copy_shortened(char *out, const char *component, size_t size)
{
	size_t extension = 0;

	for (size_t i = 1; i <= EXTENSION_BYTES; i++) {
		if (component[size - i] == '.') {
			extension = i;
			break;
		}
	}
	memcpy(out, component, size);
	out[size] = '\0';
	tsi_text_cut(out, TSI_PATH_COMPONENT_BYTES - extension);
	size_t stem = strlen(out);
	memcpy(out + stem, component + size - extension, extension);
	return stem + extension;
}

static size_t copy_component(char *out, const char *component, size_t size)
{
	if (size <= 2 && strspn(component, ".") >= size) {
		return copy_underscores(out, size);
	}
	if (size > TSI_PATH_COMPONENT_BYTES) {
		return copy_shortened(out, component, size);
	}
	memcpy(out, component, size);
	return size;
}

char *tsi_path_sanitise(const char *path)
{
	/* Each component may be empty, and become one byte longer. */
	char *copy = malloc(2 * strlen(path) + 2);
	char *out = copy;

	if (!copy) {
		return NULL;
	}
	for (;; path++) {
		size_t size = strcspn(path, "/");

		out += copy_component(out, path, size);
		path += size;
		*out++ = *path;
		if (*path == '\0') {
			return copy;
		}
	}
}
