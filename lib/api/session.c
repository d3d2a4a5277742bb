#include <tstream/session.h>

#include "api/structs.h"
#include "base/log.h"
#include "stream/session.h"
#include "stream/torrent.h"

void tstream_session_options_init(tstream_session_options *options)
{
	if (options)
		*options = (tstream_session_options){.struct_size = sizeof(*options)};
}

#define KNOWN_FLAGS                                                                                \
	(TSTREAM_SESSION_NO_DHT | TSTREAM_SESSION_NO_LSD | TSTREAM_SESSION_NO_PORT_MAPPING |           \
	 TSTREAM_SESSION_NO_UPLOAD | TSTREAM_SESSION_PRIVATE_SOURCES)

int tstream_session_open(const tstream_session_options *options, tstream_session **out_session,
                         tstream_error *err)
{
	tstream_session_options ours = {0};
	if (!options || !out_session || !tsi_struct_in(&ours, sizeof(ours), options))
		return tsi_fail(err, TSTREAM_EINVAL, "session options: struct_size must be set");
	if (!ours.data_dir || !*ours.data_dir)
		return tsi_fail(err, TSTREAM_EINVAL, "session options: data_dir is required");
	if (ours.flags & ~(uint32_t)KNOWN_FLAGS)
		return tsi_fail(err, TSTREAM_EINVAL, "session options: unknown flags 0x%x",
		                ours.flags & ~(uint32_t)KNOWN_FLAGS);
	return tsi_session_open(&ours, &tsi_engine_libtorrent, out_session, err);
}

void tstream_session_close(tstream_session *session)
{
	if (session)
		tsi_session_close(session);
}

int tstream_session_next_event(tstream_session *session, tstream_event *out_event)
{
	tstream_event ours = {0};
	if (!session || !out_event || out_event->struct_size < sizeof(out_event->struct_size))
		return TSTREAM_EINVAL;
	if (!tsi_events_next(&session->events, &ours))
		return 0;
	tsi_struct_out(out_event, &ours, sizeof(ours));
	return 1;
}

int tstream_session_get_wakeup_fd(const tstream_session *session)
{
	return session ? session->events.wake.read_fd : TSTREAM_EINVAL;
}

void tstream_session_set_wakeup(tstream_session *session, tstream_wakeup_fn wakeup, void *user)
{
	if (session)
		tsi_wake_set_callback(&session->events.wake, wakeup, user);
}

int tstream_session_get_stats(tstream_session *session, tstream_session_stats *out_stats)
{
	tstream_session_stats ours = {0};
	if (!session || !out_stats)
		return TSTREAM_EINVAL;
	tsi_session_get_stats(session, &ours);
	return tsi_struct_out(out_stats, &ours, sizeof(ours)) ? TSTREAM_OK : TSTREAM_EINVAL;
}

size_t tstream_session_list_torrents(tstream_session *session, tstream_torrent **out_torrents,
                                     size_t capacity)
{
	if (!session)
		return 0;
	return tsi_session_list(session, out_torrents, out_torrents ? capacity : 0);
}
