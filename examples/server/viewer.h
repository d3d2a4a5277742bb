/* viewer.h - who watches: an account, a browser's anonymous session, or a player's address.
 *
 * Each has a key under which its history is kept.  A browser's session is a random cookie, made
 * when a torrent is first looked at or played, and nothing else: the server remembers it only by
 * what is watched in it, under the cookie's hash, so that who reads the database cannot be that
 * viewer.  A player without cookies is known by its link (see link.h), or else by its address.
 */
#ifndef SERVER_VIEWER_H
#define SERVER_VIEWER_H

#include "request.h"

/* Each sets request->viewer if it is "". */

/* From the session's cookie, if there is one. */
void viewer_find_session(struct request *request);

/* A session of its own for a browser that has none; its cookie goes with the answer. */
void viewer_begin_session(struct request *request);

/* By the client's address. */
void viewer_take_address(struct request *request);

#define VIEWER_LOGIN_COOKIE "tstream_login"
#define VIEWER_SESSION_COOKIE "tstream_session"

/* A cookie with the answer, beside others.  value "": have the browser forget it. */
void viewer_set_cookie(struct request *request, const char *name, const char *value,
                       int64_t lifetime_s);

/* Pure parts, for the tests. */

/* 256 bits as letters, digits, '-' and '_'. */
bool viewer_is_session_id(const char *text);

/* The key of a session, from its cookie. */
void viewer_key_of_session(const char *session_id, char out[LINK_VIEWER_BYTES]);

#endif
