/**
 * api/base.c - error names, memory, the log hook.
 */
#include <stdlib.h>
#include <tstream/base.h>

#include "base/log.h"

/* Index is -code.  The codes are never renumbered, so neither is this. */
static const char *const code_texts[] = {
    "OK: success",
    "EINVAL: invalid argument",
    "ENOMEM: out of memory",
    "EAGAIN: not yet, try again after the wakeup",
    "ETIMEDOUT: timed out",
    "ECANCELED: cancelled, closed or removed",
    "EIO: the disk failed",
    "ENOENT: not found",
    "ENOSPC: no space left on disk or within the quota",
    "EACCES: permission denied",
    "EBUSY: in use by another process or session",
    "ELIMIT: a limit of the session is reached",
    "ENOTSUP: not supported by this build or for this kind of torrent",
    "ENET: the network failed",
    "EREFUSED: refused for safety",
    "EINTERNAL: a fault of the library",
};

const char *tstream_strerror(int code)
{
	const int last = TSTREAM_EINTERNAL;

	_Static_assert(sizeof(code_texts) / sizeof(code_texts[0]) == 1 - TSTREAM_EINTERNAL,
	               "one text for each code");
	if (code > 0)
		return code_texts[0];
	if (code < last)
		return "unknown code";
	return code_texts[-code];
}

void tstream_free(void *memory)
{
	free(memory);
}

void tstream_set_log(tstream_log_fn log, void *user)
{
	tsi_log_set_hook(log, user);
}
