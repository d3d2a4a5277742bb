/* Included before each program of the documents: their sessions stay on this machine. */
#ifndef LOOPBACK_H
#define LOOPBACK_H

#define _POSIX_C_SOURCE 200809L

#include <tstream/tstream.h>

static inline int open_on_loopback(const tstream_session_options *theirs, tstream_session **out,
                                   tstream_error *err)
{
	tstream_session_options options = *theirs;

	options.listen = "127.0.0.1:0";
	options.flags |=
	    TSTREAM_SESSION_NO_DHT | TSTREAM_SESSION_NO_LSD | TSTREAM_SESSION_NO_PORT_MAPPING;
	return tstream_session_open(&options, out, err);
}
#define tstream_session_open open_on_loopback

#endif
