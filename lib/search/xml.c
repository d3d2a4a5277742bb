#include "search/xml.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

#define MAX_NAME_BYTES 64
#define CHUNK_BYTES 65536

/* A name, taken apart. */
typedef struct name {
	char prefix[MAX_NAME_BYTES];
	char local[MAX_NAME_BYTES];
} name;

typedef struct reader {
	XML_Parser parser;
	const tsi_xml_handler *handler;
	char *text;
	size_t text_size;
	int depth;
	int outcome;
} reader;

static void copy_lower(char out_text[MAX_NAME_BYTES], const char *text, size_t size)
{
	if (size > MAX_NAME_BYTES - 1)
		size = MAX_NAME_BYTES - 1;
	for (size_t i = 0; i < size; i++)
		out_text[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] | 0x20) : text[i];
	out_text[size] = '\0';
}

static void split(const char *written, name *out_name)
{
	const char *colon = strchr(written, ':');
	const char *local = colon ? colon + 1 : written;

	copy_lower(out_name->prefix, written, colon ? (size_t)(colon - written) : 0);
	copy_lower(out_name->local, local, strlen(local));
}

static void stop(reader *own, int outcome)
{
	own->outcome = outcome;
	XML_StopParser(own->parser, XML_FALSE);
}

static void XMLCALL on_start(void *user, const XML_Char *written, const XML_Char **attributes)
{
	reader *own = user;
	name split_name;

	/* Handlers may still be called once after a stop. */
	if (own->outcome != TSI_XML_WHOLE)
		return;
	if (++own->depth > TSI_XML_MAX_DEPTH) {
		stop(own, TSI_XML_REFUSED);
		return;
	}
	split(written, &split_name);
	own->text_size = 0;
	if (!own->handler->start(own->handler->user, split_name.prefix, split_name.local, attributes))
		stop(own, TSI_XML_STOPPED);
}

static void XMLCALL on_end(void *user, const XML_Char *written)
{
	reader *own = user;
	name split_name;

	if (own->outcome != TSI_XML_WHOLE)
		return;
	own->depth--;
	split(written, &split_name);
	own->text[own->text_size] = '\0';
	if (!own->handler->end(own->handler->user, split_name.prefix, split_name.local, own->text))
		stop(own, TSI_XML_STOPPED);
	own->text_size = 0;
}

static void XMLCALL on_text(void *user, const XML_Char *text, int size)
{
	reader *own = user;
	size_t room = TSI_XML_MAX_TEXT_BYTES - own->text_size;
	size_t taken = (size_t)size < room ? (size_t)size : room;

	memcpy(own->text + own->text_size, text, taken);
	own->text_size += taken;
}

static void XMLCALL on_entity(void *user, const XML_Char *entity, int is_parameter,
                              const XML_Char *value, int value_size, const XML_Char *base,
                              const XML_Char *system, const XML_Char *public_id,
                              const XML_Char *notation)
{
	(void)entity;
	(void)is_parameter;
	(void)value;
	(void)value_size;
	(void)base;
	(void)system;
	(void)public_id;
	(void)notation;
	stop(user, TSI_XML_REFUSED);
}

static void feed(reader *own, const char *text, size_t size)
{
	enum XML_Status status = XML_STATUS_OK;

	while (size > 0 && status == XML_STATUS_OK) {
		size_t chunk = size < CHUNK_BYTES ? size : CHUNK_BYTES;

		status = XML_Parse(own->parser, text, (int)chunk, chunk == size);
		text += chunk;
		size -= chunk;
	}
	if (status != XML_STATUS_OK && own->outcome == TSI_XML_WHOLE)
		own->outcome =
		    XML_GetErrorCode(own->parser) == XML_ERROR_NO_MEMORY ? TSI_XML_ENOMEM : TSI_XML_BROKEN;
}

int tsi_xml_parse(const char *bytes, size_t size, const char *content_type,
                  const tsi_xml_handler *handler)
{
	reader own = {.handler = handler, .outcome = TSI_XML_ENOMEM};
	size_t tidy_size = 0;
	char *tidy = tsi_xml_tidy(bytes, size, content_type, &tidy_size);

	own.text = malloc(TSI_XML_MAX_TEXT_BYTES + 1);
	/* Named here, so that what the declaration names does not count any more. */
	own.parser = XML_ParserCreate("UTF-8");
	if (tidy && own.text && own.parser) {
		own.outcome = tidy_size ? TSI_XML_WHOLE : TSI_XML_BROKEN;
		XML_SetUserData(own.parser, &own);
		XML_SetElementHandler(own.parser, on_start, on_end);
		XML_SetCharacterDataHandler(own.parser, on_text);
		XML_SetEntityDeclHandler(own.parser, on_entity);
		feed(&own, tidy, tidy_size);
	}
	if (own.parser)
		XML_ParserFree(own.parser);
	free(own.text);
	free(tidy);
	return own.outcome;
}

const char *tsi_xml_attribute(const char **attributes, const char *wanted)
{
	for (; *attributes; attributes += 2) {
		const char *colon = strchr(attributes[0], ':');

		if (tsi_text_equals(colon ? colon + 1 : attributes[0], wanted))
			return attributes[1];
	}
	return NULL;
}
