/**
 * core/siphash.h - SipHash-2-4 (Aumasson, Bernstein 2012), for tables and names.
 */
#ifndef TSI_CORE_SIPHASH_H
#define TSI_CORE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

/** @param seed  two of them give 128 bits that nobody finds a second text for by chance */
uint64_t tsi_siphash(const void *bytes, size_t size, uint64_t seed);

#endif
