#include "subtitle_convert.h"

#include "deep_stack.h"
#include "locate.h"

/* The arguments of convert(), and its result. */
struct conversion {
	const char *bytes;
	size_t size;
	const tstream_subtitle_options *options;
	char **out_text;
	size_t *out_size;
	tstream_error *err;
	int code;
};

static void *convert(void *argument)
{
	struct conversion *c = argument;

	c->code =
	    tstream_subtitle_to_webvtt(c->bytes, c->size, c->options, c->out_text, c->out_size, c->err);
	return NULL;
}

int subtitle_convert(const char *bytes, size_t size, const tstream_subtitle_options *options,
                     char **out_text, size_t *out_size, tstream_error *err)
{
	struct conversion conversion = {bytes, size, options, out_text, out_size, err, 0};

	if (deep_stack_call(convert, &conversion))
		return locate_fail(err, TSTREAM_ENOMEM, "No thread could be started.");
	return conversion.code;
}
