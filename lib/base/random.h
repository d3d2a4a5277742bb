/**
 * base/random.h - bytes that nobody can guess.
 */
#ifndef TSI_BASE_RANDOM_H
#define TSI_BASE_RANDOM_H

#include <stddef.h>
#include <tstream/base.h>

/** From the kernel.  @return 0, EINTERNAL */
int tsi_random(void *out_bytes, size_t size, tstream_error *err);

#endif
