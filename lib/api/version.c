/**
 * api/version.c - which library this is.
 */
#include <tstream/version.h>

#include "engine/engine.h"

const char *tstream_version(void)
{
	return TSTREAM_VERSION_STRING;
}

uint32_t tstream_version_number(void)
{
	return TSTREAM_VERSION_NUMBER;
}

const char *tstream_engine_version(void)
{
	return tsi_engine_libtorrent.version();
}
