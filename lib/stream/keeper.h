/**
 * stream/keeper.h - the thread that keeps house for a session: quota, retries, DHT state.
 */
#ifndef TSI_STREAM_KEEPER_H
#define TSI_STREAM_KEEPER_H

#include "stream/session.h"

int tsi_keeper_start(tstream_session *session, tstream_error *err);
/** Waits until it is done.  NULL-safe: a session without one is left alone. */
void tsi_keeper_stop(tstream_session *session);
/** After stop, when nobody can wake it any more: torrents may outlive the session. */
void tsi_keeper_free(tstream_session *session);
/** Disk use, readers or errors have changed: look soon.  Any thread, any lock held. */
void tsi_keeper_wake(tstream_session *session);
/** Write the DHT's state for the next session. */
void tsi_keeper_save_state(tstream_session *session);

#endif
