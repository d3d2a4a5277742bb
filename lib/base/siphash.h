/**
 * base/siphash.h - SipHash-2-4 (Aumasson, Bernstein 2012): a hash for tables whose keys
 * strangers choose.  With a key they do not know they cannot make them collide.
 */
#ifndef TSI_BASE_SIPHASH_H
#define TSI_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t tsi_siphash(const uint64_t key[2], const void *bytes, size_t size);

#endif
