/**
 * tstream/version.h - which library this is.
 *
 * Semantic Versioning 2.0.0.  The soname changes only when the ABI breaks.
 */
#ifndef TSTREAM_VERSION_H
#define TSTREAM_VERSION_H

#include <tstream/base.h>

#define TSTREAM_VERSION_MAJOR 0
#define TSTREAM_VERSION_MINOR 1
#define TSTREAM_VERSION_PATCH 0
#define TSTREAM_VERSION_STRING "0.1.0"

/** major << 16 | minor << 8 | patch, of the headers you compiled against. */
#define TSTREAM_VERSION_NUMBER                                                                     \
	((TSTREAM_VERSION_MAJOR << 16) | (TSTREAM_VERSION_MINOR << 8) | TSTREAM_VERSION_PATCH)

#ifdef __cplusplus
extern "C" {
#endif

/** @return TSTREAM_VERSION_STRING of the library that is loaded.  @since 0.1 */
TSTREAM_API const char *tstream_version(void);

/** @return TSTREAM_VERSION_NUMBER of the library that is loaded.  @since 0.1 */
TSTREAM_API uint32_t tstream_version_number(void);

/** @return the engine's name and version, as "libtorrent 2.0.8.0".  @since 0.1 */
TSTREAM_API const char *tstream_engine_version(void);

#ifdef __cplusplus
}
#endif
#endif
