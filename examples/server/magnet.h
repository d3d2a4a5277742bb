/* magnet.h - which torrent a magnet names, for requests that must not open it. */
#ifndef SERVER_MAGNET_H
#define SERVER_MAGNET_H

#include <stdbool.h>
#include <tstream/tstream.h>

/* The first infohash of a magnet (BEP 9, BEP 52), or of itself a bare one; as hexadecimal digits
 * in lower case.  false if there is none; whether the rest makes sense is not looked at. */
bool magnet_parse_infohash(const char *magnet, char out[TSTREAM_INFOHASH_BYTES]);

/* 40 or 64 hexadecimal digits, to lower case. */
bool magnet_parse_hex(const char *text, size_t size, char out[TSTREAM_INFOHASH_BYTES]);

#endif
