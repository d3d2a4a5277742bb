/* request_id.h - the name of one request, by which its lines in the logs are found: here, and in
 * those of proxies before us. */
#ifndef SERVER_REQUEST_ID_H
#define SERVER_REQUEST_ID_H

#include <stdbool.h>

#define REQUEST_ID_BYTES 65

/* What X-Request-Id says if it is 1 to 64 of A-Z a-z 0-9 . _ - ; else one of our own, which is 32
 * hexadecimal digits.  offered may be NULL. */
void request_id_choose(const char *offered, char out[REQUEST_ID_BYTES]);

/* Pure part, for the tests. */
bool request_id_is_well_formed(const char *text);

#endif
