/* link.h - signed links: one file's stream, or one torrent's playlist, until some time, without a
 * cookie.  Pure: key and time are arguments.
 *
 * "EXPIRY.VIEWER.SIGNATURE": Unix time; the key under which the viewer's history is kept; and a MAC
 * (HMAC-SHA-512-256) over these two and over what the link opens.  What it opens is said by the
 * rest of the address, so that a link put on another file's address opens nothing.
 */
#ifndef SERVER_LINK_H
#define SERVER_LINK_H

#include <stdint.h>
#include <tstream/torrent.h>

#define LINK_KEY_BYTES 32

/* Room for a viewer's key, see viewer.h: letters, digits and '-'. */
#define LINK_VIEWER_BYTES 80

/* Room for the text of a link, NUL included. */
#define LINK_BYTES 192

enum link_kind { LINK_STREAM, LINK_PLAYLIST };

struct link {
	enum link_kind kind;
	char infohash[TSTREAM_INFOHASH_BYTES];
	uint32_t file_index;  /* of a stream; else 0 */
	int64_t expires_at_s; /* Unix time; 0: it opens nothing and only says who watches */
	char viewer[LINK_VIEWER_BYTES];
};

enum link_result {
	LINK_GOOD,
	LINK_EXPIRED, /* it was good once */
	LINK_FORGED,  /* or malformed, or another file's */
};

void link_sign(const struct link *link, const unsigned char key[LINK_KEY_BYTES],
               char out[LINK_BYTES]);

/* kind, infohash and file_index are given; expires_at_s and viewer are filled in if it is good.
 * Takes as long for any wrong signature. */
enum link_result link_check(struct link *link, const unsigned char key[LINK_KEY_BYTES],
                            const char *text, int64_t now_s);

#endif
