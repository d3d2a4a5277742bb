-- Exact counts of distinct sessions, kept up to date by triggers (docs/history-queries.md).

CREATE INDEX watched_torrents_pair ON watched_torrents (infohash, session_id, watched_at);
CREATE INDEX watched_torrents_film ON watched_torrents (infohash, watched_at, id);

-- On which day (since 1970-01-01, UTC) a session last watched a film; of a time only the
-- date is read, because SQLite rounds the rest up, into the next day.  next_day is where
-- popular_settle notes what it is becoming.
CREATE TABLE popular_sessions (
	infohash TEXT NOT NULL,
	session_id TEXT NOT NULL,
	day INTEGER,
	next_day INTEGER,
	PRIMARY KEY (infohash, session_id)
) WITHOUT ROWID;

-- How many sessions last watched a film on a day.  Summed over the days of a window that
-- ends today, that is how many distinct sessions watched it within the window.
CREATE TABLE popular_days (
	infohash TEXT NOT NULL,
	day INTEGER NOT NULL,
	session_count BIGINT NOT NULL,
	PRIMARY KEY (infohash, day)
) WITHOUT ROWID;
CREATE INDEX popular_days_day ON popular_days (day);

-- Those sums, for the windows of popular_clock.
CREATE TABLE popular_windows (
	infohash TEXT NOT NULL,
	days INTEGER NOT NULL,
	session_count BIGINT NOT NULL,
	PRIMARY KEY (infohash, days)
) WITHOUT ROWID;
CREATE INDEX popular_windows_order ON popular_windows (days, session_count DESC, infohash);

-- A window holds the days after through_day - days.  A million days are all time.
CREATE TABLE popular_clock (
	days INTEGER NOT NULL PRIMARY KEY,
	through_day INTEGER NOT NULL
);

INSERT INTO popular_clock (days, through_day)
SELECT column1, unixepoch('now') / 86400 FROM (VALUES (1), (3), (7), (14), (30), (90), (180), (365), (1000000));

INSERT INTO popular_sessions (infohash, session_id, day)
SELECT infohash, session_id, unixepoch(substr(max(watched_at), 1, 10)) / 86400
FROM watched_torrents GROUP BY infohash, session_id;

INSERT INTO popular_days (infohash, day, session_count)
SELECT infohash, day, count(*) FROM popular_sessions GROUP BY infohash, day;

INSERT INTO popular_windows (infohash, days, session_count)
SELECT p.infohash, c.days, sum(p.session_count)
FROM popular_days p JOIN popular_clock c ON p.day > c.through_day - c.days
GROUP BY p.infohash, c.days;

-- A procedure: inserting a session and a film here makes the counts agree with what
-- watched_torrents says of them.
CREATE VIEW popular_settle AS SELECT infohash, session_id FROM popular_sessions;

CREATE TRIGGER popular_settle INSTEAD OF INSERT ON popular_settle
BEGIN
	INSERT INTO popular_sessions (infohash, session_id, day, next_day)
	VALUES (NEW.infohash, NEW.session_id, NULL,
		(SELECT unixepoch(substr(max(watched_at), 1, 10)) / 86400 FROM watched_torrents
		WHERE infohash = NEW.infohash AND session_id = NEW.session_id))
	ON CONFLICT (infohash, session_id) DO UPDATE SET next_day = excluded.next_day;

	UPDATE popular_days SET session_count = session_count - 1
	WHERE infohash = NEW.infohash AND day = (SELECT day FROM popular_sessions
		WHERE infohash = NEW.infohash AND session_id = NEW.session_id AND day IS NOT next_day);
	DELETE FROM popular_days
	WHERE infohash = NEW.infohash AND session_count = 0 AND day = (SELECT day
		FROM popular_sessions WHERE infohash = NEW.infohash AND session_id = NEW.session_id);
	INSERT INTO popular_days (infohash, day, session_count)
	SELECT infohash, next_day, 1 FROM popular_sessions
	WHERE infohash = NEW.infohash AND session_id = NEW.session_id
		AND next_day IS NOT NULL AND day IS NOT next_day
	ON CONFLICT (infohash, day) DO UPDATE SET session_count = session_count + 1;

	UPDATE popular_windows SET session_count = session_count - 1
	WHERE infohash = NEW.infohash AND days IN (SELECT c.days
		FROM popular_sessions p JOIN popular_clock c ON p.day > c.through_day - c.days
		WHERE p.infohash = NEW.infohash AND p.session_id = NEW.session_id
			AND (p.next_day IS NULL OR p.next_day <= c.through_day - c.days));
	DELETE FROM popular_windows WHERE infohash = NEW.infohash AND session_count = 0;
	INSERT INTO popular_windows (infohash, days, session_count)
	SELECT p.infohash, c.days, 1
	FROM popular_sessions p JOIN popular_clock c ON p.next_day > c.through_day - c.days
	WHERE p.infohash = NEW.infohash AND p.session_id = NEW.session_id
		AND (p.day IS NULL OR p.day <= c.through_day - c.days)
	ON CONFLICT (infohash, days) DO UPDATE SET session_count = session_count + 1;

	DELETE FROM popular_sessions
	WHERE infohash = NEW.infohash AND session_id = NEW.session_id AND next_day IS NULL;
	UPDATE popular_sessions SET day = next_day
	WHERE infohash = NEW.infohash AND session_id = NEW.session_id AND day IS NOT next_day;
END;

CREATE TRIGGER popular_after_insert AFTER INSERT ON watched_torrents
BEGIN
	INSERT INTO popular_settle (infohash, session_id) VALUES (NEW.infohash, NEW.session_id);
END;

CREATE TRIGGER popular_after_delete AFTER DELETE ON watched_torrents
BEGIN
	INSERT INTO popular_settle (infohash, session_id) VALUES (OLD.infohash, OLD.session_id);
END;

CREATE TRIGGER popular_after_update
AFTER UPDATE OF infohash, session_id, watched_at ON watched_torrents
BEGIN
	INSERT INTO popular_settle (infohash, session_id) VALUES (OLD.infohash, OLD.session_id);
	INSERT INTO popular_settle (infohash, session_id) VALUES (NEW.infohash, NEW.session_id);
END;
