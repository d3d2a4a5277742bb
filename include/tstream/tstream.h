/**
 * tstream/tstream.h - stream a video out of a torrent while it downloads.
 *
 * Include this one; it includes the others.
 *
 *   base.h     export macro, error codes, tstream_error, the log hook
 *   version.h  which library this is
 *   session.h  the engine: data directory, limits, events, one wakeup
 *   torrent.h  opened from a magnet, an infohash or .torrent bytes
 *   reader.h   one file of a torrent, read as if it were on disk
 *   cache.h    what was found once, in memory or in Redis
 *   catalog.h  torrents known here, found by the words of their titles
 *   media.h    what kind of file a name promises; subtitles as WebVTT
 *   search.h   many indexers asked at once, one list of torrents back
 *   history.h  what was watched, how far, and what is popular
 *   account.h  names, passwords and logins
 *
 * House rules, which hold for every function unless its comment says otherwise
 *
 * Model      Pull plus wakeup.  The library never calls you back, save for the
 *            hooks that say so (log, wakeup, a search provider of your own).
 *            Its threads append to a bounded queue and raise a pipe; you drain
 *            it when it suits you.
 *            Works with poll(2), asyncio, libuv and a thread per request alike.
 * Arguments  object, inputs, out_..., err.  A length follows its pointer.
 * Errors     An int below 0 is a TSTREAM_E code; then no out_ was touched.
 *            `err` may be NULL; else it is filled with a sentence for people.
 * Ownership  open gives, close takes back; find gives, unref takes back.
 *            get_ lends: the pointer lives as long as the object it came from.
 *            Every close and unref takes NULL.
 * Threads    Everything may be called from any thread, save that one reader
 *            belongs to one thread at a time.  Calls that open something
 *            parse what strangers wrote: give their threads 1 MiB of stack;
 *            100 KiB do for all others.
 * Units      bytes; microseconds (_us); bytes per second (_per_s).
 * Strings    UTF-8, NUL terminated.
 * Structs    Lead with struct_size and only grow at the end.  Set it (or, in
 *            C, start from the _INIT macro) before you pass one, in either direction.
 * Fork       A child must not touch objects its parent opened.
 *
 * Nothing here prints, exits, installs a signal handler or reads a setting from
 * the environment, save TSTREAM_TRACE (see base.h).
 */
#ifndef TSTREAM_TSTREAM_H
#define TSTREAM_TSTREAM_H

#include <tstream/account.h>
#include <tstream/base.h>
#include <tstream/cache.h>
#include <tstream/catalog.h>
#include <tstream/history.h>
#include <tstream/media.h>
#include <tstream/reader.h>
#include <tstream/search.h>
#include <tstream/session.h>
#include <tstream/torrent.h>
#include <tstream/version.h>

#endif
