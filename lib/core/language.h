/**
 * core/language.h - languages as file names call them.
 */
#ifndef TSI_CORE_LANGUAGE_H
#define TSI_CORE_LANGUAGE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct tsi_language {
	const char *tag;   /**< BCP 47 */
	const char *label; /**< in English */
	const char *codes; /**< ISO 639 and others in use, each between blanks, in lower case */
	const char *names; /**< likewise: what it is called in English and at home */
} tsi_language;

/** @param word        in lower case
 *  @param takes_code  false: only names count, as "it" and "is" are words, too
 *  @return static; NULL if it is none */
const tsi_language *tsi_language_find(const char *word, size_t size, bool takes_code);

#endif
