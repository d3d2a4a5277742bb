/* film.h - how long a film is, by what its file says. */
#ifndef SERVER_FILM_H
#define SERVER_FILM_H

#include <stdint.h>
#include <tstream/tstream.h>

/* From the parts of a file that are here; nothing is waited for.  0: not known */
int64_t film_duration_us(tstream_session *session, const char *infohash, uint32_t file_index);

#endif
