/**
 * media/charset_uchardet.c - guess a charset from the bytes.
 */
#include <stdio.h>
#include <uchardet.h>

#include "media/charset.h"

/* A guess does not get better with more. */
#define ENOUGH_BYTES ((size_t)512 * 1024)

int tsi_charset_guess(const char *bytes, size_t size, char out_name[TSI_CHARSET_NAME_BYTES])
{
	uchardet_t detector = uchardet_new();

	out_name[0] = '\0';
	if (!detector)
		return TSTREAM_ENOMEM;
	if (uchardet_handle_data(detector, bytes, size < ENOUGH_BYTES ? size : ENOUGH_BYTES) == 0) {
		uchardet_data_end(detector);
		snprintf(out_name, TSI_CHARSET_NAME_BYTES, "%s", uchardet_get_charset(detector));
	}
	uchardet_delete(detector);
	return TSTREAM_OK;
}
