/* assets.h - files that are part of the program; embed.py makes assets.c of them in the build. */
#ifndef SERVER_ASSETS_H
#define SERVER_ASSETS_H

#include <stddef.h>

struct asset {
	const unsigned char *bytes;
	size_t size;
};

extern const struct asset asset_page;    /* page.html: what / says without frontend/ */
extern const struct asset asset_openapi; /* docs/openapi.yaml, as JSON */

#endif
