#include "json_body.h"

#include "body.h"
#include "problem.h"

#include <string.h>
#include <strings.h>

/* A form of a foreign site cannot send this type without asking first. */
static bool is_json(const char *content_type)
{
	size_t size = content_type ? strcspn(content_type, "; \t") : 0;

	return size == strlen("application/json") &&
	       strncasecmp(content_type, "application/json", size) == 0;
}

int json_body_read(struct request *request, size_t max_size, json_t **out_object)
{
	struct body body;
	json_error_t error;

	if (!is_json(request_header(request, "Content-Type")))
		return problem_send(request, 415, "Send application/json.");
	int status = body_read(request, max_size, &body);
	if (status)
		return status;
	json_t *root = json_loadb(body.bytes, body.size, JSON_REJECT_DUPLICATES, &error);
	/* What it held may be a password. */
	explicit_bzero(body.bytes, body.size);
	body_free(request, &body);
	if (!json_is_object(root)) {
		json_decref(root);
		return problem_send(request, 400, "The body is no JSON object.");
	}
	*out_object = root;
	return 0;
}

bool json_body_has_only(const json_t *object, const char *const names[])
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)object, key, value)
	{
		unsigned i = 0;
		while (names[i] && strcmp(names[i], key) != 0)
			i++;
		if (!names[i])
			return false;
	}
	return true;
}

int json_body_number(const json_t *object, const char *name, int64_t max, int64_t *out)
{
	const json_t *member = json_object_get(object, name);

	if (!member)
		return 0;
	if (!json_is_integer(member) || json_integer_value(member) < 0 ||
	    json_integer_value(member) > max)
		return -1;
	*out = json_integer_value(member);
	return 0;
}

int json_body_text(const json_t *object, const char *name, const char **out)
{
	const json_t *member = json_object_get(object, name);

	if (!member)
		return 0;
	if (!json_is_string(member) || strlen(json_string_value(member)) != json_string_length(member))
		return -1;
	*out = json_string_value(member);
	return 0;
}
