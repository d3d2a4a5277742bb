/**
 * api/structs.h - visible structs of callers who were compiled against another version.
 */
#ifndef TSI_API_STRUCTS_H
#define TSI_API_STRUCTS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/** Take in what the caller knows of a struct; the rest stays as it is.
 *  @return false if struct_size says that it was not set */
static inline bool tsi_struct_in(void *ours, uint32_t our_size, const void *theirs)
{
	uint32_t their_size = 0;
	memcpy(&their_size, theirs, sizeof(their_size));
	if (their_size < sizeof(their_size))
		return false;
	memcpy(ours, theirs, their_size < our_size ? their_size : our_size);
	return true;
}

/** Give out what the caller has room for, leaving struct_size as it was.
 *  @return false if struct_size says that it was not set */
static inline bool tsi_struct_out(void *theirs, const void *ours, uint32_t our_size)
{
	uint32_t their_size = 0;
	memcpy(&their_size, theirs, sizeof(their_size));
	if (their_size < sizeof(their_size))
		return false;
	memcpy(theirs, ours, their_size < our_size ? their_size : our_size);
	memcpy(theirs, &their_size, sizeof(their_size));
	return true;
}

#endif
