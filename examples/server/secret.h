/* secret.h - the server's secret, which its links are signed with. */
#ifndef SERVER_SECRET_H
#define SERVER_SECRET_H

#include "settings.h"

#include <tstream/base.h>

#define SECRET_BYTES 32

/* From SECRET in the environment or the settings' file, so that servers can share it; else from
 * server.key in the data directory, which is made if it is not there.
 * 0; a TSTREAM_E code and err */
int secret_load(const struct settings *settings, unsigned char out[SECRET_BYTES],
                tstream_error *err);

#endif
