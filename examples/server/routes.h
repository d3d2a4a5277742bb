/* routes.h - the handlers; each gives back the status it answered with. */
#ifndef SERVER_ROUTES_H
#define SERVER_ROUTES_H

#include "request.h"

/* stream_route.c */
int route_stream_get(struct request *request);

/* streams_route.c */
int route_stream_delete(struct request *request);
int route_streams_get(struct request *request);

/* torrents_route.c */
int route_torrents_get(struct request *request);
int route_torrents_post(struct request *request);

/* torrent_route.c */
int route_torrent_get(struct request *request);
int route_torrent_delete(struct request *request);
int route_torrent_file_get(struct request *request);
int route_torrent_stats_get(struct request *request);
int route_torrent_info_get(struct request *request);         /* by ?magnet= */
int route_torrent_delete_by_magnet(struct request *request); /* by ?magnet= */

/* events_route.c */
int route_torrent_events_get(struct request *request);

/* search_route.c */
int route_search_get(struct request *request);
int route_providers_get(struct request *request);

/* playlist_route.c */
int route_torrent_playlist_get(struct request *request);

/* subtitles_route.c */
int route_subtitles_get(struct request *request);
int route_subtitles_post(struct request *request);
int route_subtitle_delete(struct request *request);

/* subtitle_route.c */
int route_subtitle_get(struct request *request);

/* page_route.c */
int route_page_get(struct request *request);    /* / and /login, also when no page was built */
int route_file_get(struct request *request);    /* any other file of the page */
int route_nothing_get(struct request *request); /* a path that leads nowhere */
int route_openapi_get(struct request *request);

/* history_route.c */
int route_history_get(struct request *request);
int route_history_post(struct request *request);
int route_history_delete(struct request *request);
int route_history_export_get(struct request *request);
int route_history_entry_delete(struct request *request);
int route_position_put(struct request *request);
int route_resume_get(struct request *request);

/* popular_route.c */
int route_popular_get(struct request *request);

/* links_route.c */
int route_links_post(struct request *request);

/* auth_route.c */
int route_register_post(struct request *request);
int route_login_post(struct request *request);
int route_logout_post(struct request *request);
int route_me_get(struct request *request);

/* account_route.c */
int route_password_put(struct request *request);
int route_account_delete_post(struct request *request);
int route_logins_get(struct request *request);
int route_logins_delete(struct request *request);
int route_login_entry_delete(struct request *request);

/* health_route.c */
int route_health_get(struct request *request);

/* metrics_route.c */
int route_metrics_get(struct request *request);

#endif
