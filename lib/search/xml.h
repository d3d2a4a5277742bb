/**
 * search/xml.h - XML as strangers write it.
 *
 * Made fit first: other charsets become UTF-8, control characters go, HTML's entities become
 * characters and a lone '&' an ordinary one.  Then expat, with bounds; entity declarations are
 * refused and nothing is ever loaded.
 */
#ifndef TSI_SEARCH_XML_H
#define TSI_SEARCH_XML_H

#include <stdbool.h>
#include <stddef.h>

#define TSI_XML_MAX_DEPTH 32
#define TSI_XML_MAX_TEXT_BYTES 65536

#define TSI_XML_WHOLE 0   /**< to its end */
#define TSI_XML_BROKEN 1  /**< not well-formed, or cut short; what came before was given */
#define TSI_XML_REFUSED 2 /**< declares entities, or too deep; what came before was given */
#define TSI_XML_STOPPED 3 /**< by the handler */
#define TSI_XML_ENOMEM 4

/** Names are in lower case without their prefix; @p prefix is in lower case, "" if none. */
typedef struct tsi_xml_handler {
	/** @param attributes  name, value, ..., NULL; names as they were written
	 *  @return false to stop */
	bool (*start)(void *user, const char *prefix, const char *name, const char **attributes);
	/** @param text  of this element alone, cut at TSI_XML_MAX_TEXT_BYTES; may be changed.
	 *  @return false to stop */
	bool (*end)(void *user, const char *prefix, const char *name, char *text);
	void *user;
} tsi_xml_handler;

/** @param content_type  as HTTP says; its charset is a hint; "" if not said
 *  @return a TSI_XML_ */
int tsi_xml_parse(const char *bytes, size_t size, const char *content_type,
                  const tsi_xml_handler *handler);

/** The first step alone.  @return yours to free(); NULL if out of memory */
char *tsi_xml_tidy(const char *bytes, size_t size, const char *content_type, size_t *out_size);

/** An attribute by name, in either case and with any prefix.  @return NULL: not there */
const char *tsi_xml_attribute(const char **attributes, const char *name);

#endif
