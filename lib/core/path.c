/**
 * core/path.c - paths of torrents' files, fit for a file system.
 */
#include "core/path.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

#define EXTENSION_BYTES 16 /* a longer one is no extension */
#define MARK_BYTES 9       /* "~0123abcd" */

/* As many as there were dots; one for nothing. */
static size_t copy_underscores(char *out, size_t size)
{
	size_t count = size ? size : 1;

	memset(out, '_', count);
	return count;
}

/* With its dot; 0: it has none */
static size_t extension_size(const char *component, size_t size)
{
	for (size_t i = 1; i <= EXTENSION_BYTES; i++) {
		if (component[size - i] == '.') {
			return i;
		}
	}
	return 0;
}

/* FNV-1a: it need not withstand anybody, who could as well give two files one name. */
static uint32_t hash(const char *component, size_t size)
{
	uint32_t made = 2166136261u;

	for (size_t i = 0; i < size; i++) {
		made = (made ^ (unsigned char)component[i]) * 16777619u;
	}
	return made;
}

/* Episodes' names often differ at their ends only: a mark of the whole tells them apart. */
static size_t copy_shortened(char *out, const char *component, size_t size)
{
	char end[MARK_BYTES + EXTENSION_BYTES + 1];
	size_t extension = extension_size(component, size);

	memcpy(out, component, size);
	out[size] = '\0';
	tsi_text_cut(out, TSI_PATH_COMPONENT_BYTES - MARK_BYTES - extension);
	snprintf(end, sizeof(end), "~%08" PRIx32 "%.*s", hash(component, size), (int)extension,
	         component + size - extension);
	size_t stem = strlen(out);
	memcpy(out + stem, end, MARK_BYTES + extension);
	return stem + MARK_BYTES + extension;
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
