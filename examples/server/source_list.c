#include "source_list.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES 64
#define LINE_BYTES 8192
#define SPACES " \t\r\n"

struct list {
	const char *kind;
	unsigned count;
	source_list_fn add;
	void *user;
	tstream_error *err;
};

static int refuse(tstream_error *err, const char *name, const char *why)
{
	char detail[TSTREAM_ERROR_MESSAGE_BYTES];

	snprintf(detail, sizeof(detail), "%s", why);
	err->code = TSTREAM_EINVAL;
	snprintf(err->message, sizeof(err->message), "%.64s: %.180s", name, detail);
	return TSTREAM_EINVAL;
}

/* The name before "=", if that comes before "://"; else one made of the kind and a number. */
static const char *take_name(const struct list *list, char *word, char name[NAME_BYTES])
{
	char *equals = strchr(word, '=');
	const char *scheme = strstr(word, "://");

	if (equals && scheme && equals < scheme) {
		*equals = '\0';
		snprintf(name, NAME_BYTES, "%s", word);
		return equals + 1;
	}
	if (list->count == 1)
		snprintf(name, NAME_BYTES, "%s", list->kind);
	else
		snprintf(name, NAME_BYTES, "%s-%u", list->kind, list->count);
	return word;
}

static int add_word(struct list *list, char *word)
{
	char name[NAME_BYTES];

	list->count++;
	const char *url = take_name(list, word, name);
	int code = list->add(list->user, name, url, list->err);
	if (code == TSTREAM_EINVAL)
		refuse(list->err, name, list->err->message);
	return code;
}

/* text is cut up. */
static int add_words(struct list *list, char *text)
{
	char *rest = NULL;
	int code = 0;

	for (char *word = strtok_r(text, SPACES, &rest); word && code == 0;
	     word = strtok_r(NULL, SPACES, &rest))
		code = add_word(list, word);
	return code;
}

static int add_text(struct list *list, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return TSTREAM_ENOMEM;
	int code = add_words(list, copy);
	free(copy);
	return code;
}

static int add_file(struct list *list, const char *path)
{
	char line[LINE_BYTES];
	FILE *file = fopen(path, "re");
	int code = 0;

	if (!file)
		return refuse(list->err, path, strerror(errno));
	while (code == 0 && fgets(line, sizeof(line), file)) {
		if (strlen(line) == sizeof(line) - 1)
			code = refuse(list->err, path, "a line is longer than 8,190 bytes");
		else if (line[strspn(line, SPACES)] != '#')
			code = add_words(list, line);
	}
	fclose(file);
	return code;
}

int source_list_read(const char *kind, const char *text, const char *file, source_list_fn add,
                     void *user, tstream_error *err)
{
	struct list list = {.kind = kind, .add = add, .user = user, .err = err};
	int code = text ? add_text(&list, text) : 0;

	return code == 0 && file ? add_file(&list, file) : code;
}
