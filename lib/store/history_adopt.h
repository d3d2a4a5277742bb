/**
 * store/history_adopt.h - what another program kept in a table watched_torrents.
 *
 * Such a table has the five columns that other programs may rely on, and no migration of ours
 * made it.  It is set aside, whole, as watched_torrents_before; what it holds is taken over.
 */
#ifndef TSI_STORE_HISTORY_ADOPT_H
#define TSI_STORE_HISTORY_ADOPT_H

#include "store/sql.h"

/** Before the first migration.  @param out_is_there  whether there was such a table */
int tsi_history_set_aside(tsi_sql_link *link, bool *out_is_there, tstream_error *err);

/** After the first migration, so that the next ones count what is there. */
int tsi_history_adopt(tsi_sql_link *link, tstream_error *err);

#endif
