#include "web.h"

#include <errno.h>
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { MAX_PATH_BYTES = 4096, MAX_HEADER_VALUE_BYTES = 2048 };

struct web {
	struct web_file *files; /* in the order of their paths */
	size_t count;
	size_t total_bytes;
};

static const char *const suffixes[WEB_CODING_COUNT] = {".br", ".gz", ""};
static const char *const codings[WEB_CODING_COUNT] = {"br", "gzip", "identity"};

bool web_is_file_name(const char *name)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	                              "0123456789-_~./";

	if (!*name || name[strspn(name, allowed)] != '\0')
		return false;
	for (const char *part = name; part; part = strchr(part, '/')) {
		part += *part == '/' && part != name;
		if (*part == '.' || *part == '/' || *part == '\0')
			return false;
	}
	return true;
}

/* It becomes part of a header line. */
static bool is_header_value(const char *text)
{
	size_t size = 0;

	while (text[size] >= ' ' && text[size] <= '~')
		size++;
	return text[size] == '\0' && size <= MAX_HEADER_VALUE_BYTES;
}

static bool read_all(FILE *file, struct web_body *body)
{
	struct stat status;

	if (fstat(fileno(file), &status) || !S_ISREG(status.st_mode) ||
	    (size_t)status.st_size > WEB_MAX_FILE_BYTES)
		return false;
	body->size = (size_t)status.st_size;
	body->bytes = malloc(body->size + 1);
	return body->bytes && fread(body->bytes, 1, body->size, file) == body->size;
}

static bool load_body(struct web *web, const char *directory, const char *name,
                      enum web_coding coding, struct web_body *body)
{
	char path[MAX_PATH_BYTES];
	int length = snprintf(path, sizeof(path), "%s/%s%s", directory, name, suffixes[coding]);

	if (length < 0 || (size_t)length >= sizeof(path))
		return false;
	FILE *file = fopen(path, "re");
	if (!file)
		return false;
	bool is_read = read_all(file, body);
	fclose(file);
	web->total_bytes += body->size;
	return is_read && web->total_bytes <= WEB_MAX_TOTAL_BYTES;
}

static bool load_bodies(struct web *web, const char *directory, const char *name,
                        const json_t *encodings, struct web_file *file)
{
	size_t i;
	json_t *encoding;

	if (!load_body(web, directory, name, WEB_IDENTITY, &file->bodies[WEB_IDENTITY]))
		return false;
	json_array_foreach(encodings, i, encoding)
	{
		for (enum web_coding coding = WEB_BROTLI; coding < WEB_IDENTITY; coding++) {
			const char *word = json_string_value(encoding);
			struct web_body *body = &file->bodies[coding];
			if (word && strcmp(word, codings[coding]) == 0 && !body->bytes &&
			    !load_body(web, directory, name, coding, body))
				return false;
		}
	}
	return true;
}

static bool load_file(struct web *web, const char *directory, json_t *entry)
{
	struct web_file *file = &web->files[web->count++];
	const char *path, *name, *media_type, *digest;
	const char *policy = "";
	int is_immutable = 0, is_private = 0;
	json_t *encodings = NULL;

	if (json_unpack(entry, "{s:s, s:s, s:s, s:s, s?s, s?b, s?b, s?o}", "path", &path, "file", &name,
	                "type", &media_type, "digest", &digest, "policy", &policy, "immutable",
	                &is_immutable, "private", &is_private, "encodings", &encodings) ||
	    path[0] != '/' || !web_is_file_name(name) || !is_header_value(media_type) ||
	    !is_header_value(digest) || strchr(digest, '"') || !is_header_value(policy))
		return false;
	file->path = strdup(path);
	file->media_type = strdup(media_type);
	file->digest = strdup(digest);
	file->policy = strdup(policy);
	file->is_immutable = is_immutable;
	file->is_private = is_private;
	return file->path && file->media_type && file->digest && file->policy &&
	       load_bodies(web, directory, name, encodings, file);
}

static int compare_paths(const void *left, const void *right)
{
	return strcmp(((const struct web_file *)left)->path, ((const struct web_file *)right)->path);
}

static bool load_files(struct web *web, const char *directory, const json_t *manifest)
{
	const json_t *files = json_object_get(manifest, "files");
	size_t count = json_array_size(files);
	size_t i;
	json_t *entry;

	if (count == 0 || count > WEB_MAX_FILES)
		return false;
	web->files = calloc(count, sizeof(*web->files));
	if (!web->files)
		return false;
	json_array_foreach(files, i, entry)
	{
		if (!load_file(web, directory, entry))
			return false;
	}
	qsort(web->files, web->count, sizeof(*web->files), compare_paths);
	return true;
}

struct web *web_open(const char *directory, char *message, size_t message_size)
{
	char path[MAX_PATH_BYTES];
	struct stat status;
	int length = snprintf(path, sizeof(path), "%s/manifest.json", directory);

	message[0] = '\0';
	if (stat(directory, &status) && errno == ENOENT)
		return NULL;
	json_t *manifest =
	    length > 0 && (size_t)length < sizeof(path) ? json_load_file(path, 0, NULL) : NULL;
	struct web *web = calloc(1, sizeof(*web));
	if (!manifest || !web || !load_files(web, directory, manifest)) {
		snprintf(message, message_size,
		         "%s does not hold a whole page as script/web builds it: its manifest.json or a "
		         "file that it names is missing or damaged",
		         directory);
		web_close(web);
		web = NULL;
	}
	json_decref(manifest);
	return web;
}

void web_close(struct web *web)
{
	if (!web)
		return;
	for (size_t i = 0; i < web->count; i++) {
		struct web_file *file = &web->files[i];
		free(file->path);
		free(file->media_type);
		free(file->policy);
		free(file->digest);
		for (int coding = 0; coding < WEB_CODING_COUNT; coding++)
			free(file->bodies[coding].bytes);
	}
	free(web->files);
	free(web);
}

const struct web_file *web_find(const struct web *web, const char *path)
{
	const struct web_file wanted = {.path = (char *)(uintptr_t)path};

	if (!web)
		return NULL;
	return bsearch(&wanted, web->files, web->count, sizeof(*web->files), compare_paths);
}

/* Whether a list as "gzip, br;q=0" has that coding with another weight than 0. */
static bool is_accepted(const char *list, const char *coding)
{
	size_t size = strlen(coding);

	while (*list) {
		list += strspn(list, " \t,");
		size_t length = strcspn(list, ",");
		size_t name_size = strcspn(list, " \t;,");
		if (name_size == size && strncasecmp(list, coding, size) == 0) {
			const char *weight = memmem(list, length, "q=", 2);
			return !weight || strtod(weight + 2, NULL) > 0;
		}
		list += length;
	}
	return false;
}

enum web_coding web_choose(const struct web_file *file, const char *accept_encoding)
{
	for (enum web_coding coding = WEB_BROTLI; accept_encoding && coding < WEB_IDENTITY; coding++) {
		if (file->bodies[coding].bytes && is_accepted(accept_encoding, codings[coding]))
			return coding;
	}
	return WEB_IDENTITY;
}
