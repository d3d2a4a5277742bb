-- One row a sitting (include/tstream/history.h).  The first five columns are the ones that
-- other programs may rely on.  Times are text, "2026-11-22 12:00:00.000000", which sorts as
-- time does and which SQLite's date functions read.
CREATE TABLE watched_torrents (
	id UUID NOT NULL PRIMARY KEY,
	magnet TEXT NOT NULL,
	title TEXT NOT NULL,
	watched_at TIMESTAMP NOT NULL  -- UTC; when the sitting began
		CHECK (watched_at GLOB '????-??-?? ??:??:??.??????'),
	session_id TEXT NOT NULL,
	infohash TEXT NOT NULL,
	file_index BIGINT NOT NULL,
	position_us BIGINT NOT NULL DEFAULT 0,
	duration_us BIGINT NOT NULL DEFAULT 0,
	updated_at TIMESTAMP NOT NULL  -- UTC; when the sitting was last heard of
		CHECK (updated_at GLOB '????-??-?? ??:??:??.??????'),
	is_latest BOOLEAN NOT NULL     -- the newest sitting of this session and file
);

CREATE INDEX watched_torrents_page ON watched_torrents (session_id, watched_at, id);

-- Also keeps two programs from making two rows of one sitting.
CREATE UNIQUE INDEX watched_torrents_latest
	ON watched_torrents (session_id, infohash, file_index) WHERE is_latest;
