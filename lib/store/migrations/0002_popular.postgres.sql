-- Exact counts of distinct sessions, kept up to date by triggers (docs/history-queries.md).

CREATE INDEX watched_torrents_pair ON watched_torrents (infohash, session_id, watched_at);
CREATE INDEX watched_torrents_film ON watched_torrents (infohash, watched_at, id);

-- On which day (since 1970-01-01, UTC) a session last watched a film.
CREATE TABLE popular_sessions (
	infohash TEXT COLLATE "C" NOT NULL,
	session_id TEXT COLLATE "C" NOT NULL,
	day INTEGER NOT NULL,
	PRIMARY KEY (infohash, session_id)
);

-- How many sessions last watched a film on a day.  Summed over the days of a window that
-- ends today, that is how many distinct sessions watched it within the window.
CREATE TABLE popular_days (
	infohash TEXT COLLATE "C" NOT NULL,
	day INTEGER NOT NULL,
	session_count BIGINT NOT NULL,
	PRIMARY KEY (infohash, day)
);
CREATE INDEX popular_days_day ON popular_days (day);

-- Those sums, for the windows of popular_clock.
CREATE TABLE popular_windows (
	infohash TEXT COLLATE "C" NOT NULL,
	days INTEGER NOT NULL,
	session_count BIGINT NOT NULL,
	PRIMARY KEY (infohash, days)
);
CREATE INDEX popular_windows_order ON popular_windows (days, session_count DESC, infohash);

-- A window holds the days after through_day - days.  A million days are all time.
CREATE TABLE popular_clock (
	days INTEGER NOT NULL PRIMARY KEY,
	through_day INTEGER NOT NULL
);

CREATE FUNCTION popular_day(at TIMESTAMP) RETURNS INTEGER
LANGUAGE sql IMMUTABLE AS $$ SELECT at::date - DATE '1970-01-01' $$;

INSERT INTO popular_clock (days, through_day)
SELECT window_days, popular_day(now() AT TIME ZONE 'UTC')
FROM unnest(ARRAY[1, 3, 7, 14, 30, 90, 180, 365, 1000000]) AS window_days;

INSERT INTO popular_sessions (infohash, session_id, day)
SELECT infohash, session_id, popular_day(max(watched_at))
FROM watched_torrents GROUP BY infohash, session_id;

INSERT INTO popular_days (infohash, day, session_count)
SELECT infohash, day, count(*) FROM popular_sessions GROUP BY infohash, day;

INSERT INTO popular_windows (infohash, days, session_count)
SELECT p.infohash, c.days, sum(p.session_count)
FROM popular_days p JOIN popular_clock c ON p.day > c.through_day - c.days
GROUP BY p.infohash, c.days;

-- Make the counts agree with what watched_torrents says of one session and film.
CREATE FUNCTION popular_settle(film TEXT, watcher TEXT) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	unknown CONSTANT INTEGER := -2147483648;
	old_day INTEGER;
	new_day INTEGER;
BEGIN
	-- Locks the row, so that of two transactions the second sees what the first wrote.
	INSERT INTO popular_sessions AS p (infohash, session_id, day)
	VALUES (film, watcher, unknown)
	ON CONFLICT (infohash, session_id) DO UPDATE SET day = p.day
	RETURNING day INTO old_day;

	SELECT popular_day(max(watched_at)) INTO new_day
	FROM watched_torrents WHERE infohash = film AND session_id = watcher;

	IF new_day IS NULL THEN
		DELETE FROM popular_sessions WHERE infohash = film AND session_id = watcher;
	ELSIF new_day <> old_day THEN
		UPDATE popular_sessions SET day = new_day WHERE infohash = film AND session_id = watcher;
	END IF;
	old_day := NULLIF(old_day, unknown);
	IF new_day IS NOT DISTINCT FROM old_day THEN
		RETURN;
	END IF;

	IF old_day IS NOT NULL THEN
		UPDATE popular_days SET session_count = session_count - 1
		WHERE infohash = film AND day = old_day;
		DELETE FROM popular_days
		WHERE infohash = film AND day = old_day AND session_count = 0;
		UPDATE popular_windows w SET session_count = w.session_count - 1
		FROM popular_clock c
		WHERE w.infohash = film AND w.days = c.days AND old_day > c.through_day - c.days
			AND (new_day IS NULL OR new_day <= c.through_day - c.days);
		DELETE FROM popular_windows WHERE infohash = film AND session_count = 0;
	END IF;
	IF new_day IS NOT NULL THEN
		INSERT INTO popular_days AS d (infohash, day, session_count)
		VALUES (film, new_day, 1)
		ON CONFLICT (infohash, day) DO UPDATE SET session_count = d.session_count + 1;
		INSERT INTO popular_windows AS w (infohash, days, session_count)
		SELECT film, c.days, 1 FROM popular_clock c
		WHERE new_day > c.through_day - c.days
			AND (old_day IS NULL OR old_day <= c.through_day - c.days)
		ORDER BY c.days
		ON CONFLICT (infohash, days) DO UPDATE SET session_count = w.session_count + 1;
	END IF;
END
$$;

-- A statement's rows are settled in one order, so that two statements cannot wait for each
-- other.  The lock keeps popular_clock from moving on meanwhile (lib/store/history_popular.c
-- takes it exclusively).
CREATE FUNCTION popular_after_insert() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_advisory_xact_lock_shared(8390891584336884588);
	PERFORM popular_settle(infohash, session_id)
	FROM (SELECT DISTINCT infohash, session_id FROM added ORDER BY infohash, session_id) AS pairs;
	RETURN NULL;
END
$$;

CREATE FUNCTION popular_after_delete() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_advisory_xact_lock_shared(8390891584336884588);
	PERFORM popular_settle(infohash, session_id)
	FROM (SELECT DISTINCT infohash, session_id FROM gone ORDER BY infohash, session_id) AS pairs;
	RETURN NULL;
END
$$;

-- Most updates are of positions and change nothing here.
CREATE FUNCTION popular_after_update() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT infohash, session_id, watched_at FROM gone
			EXCEPT SELECT infohash, session_id, watched_at FROM added) THEN
		PERFORM pg_advisory_xact_lock_shared(8390891584336884588);
		PERFORM popular_settle(infohash, session_id)
		FROM (SELECT infohash, session_id FROM gone UNION
			SELECT infohash, session_id FROM added ORDER BY infohash, session_id) AS pairs;
	END IF;
	RETURN NULL;
END
$$;

CREATE TRIGGER popular_after_insert AFTER INSERT ON watched_torrents
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION popular_after_insert();

CREATE TRIGGER popular_after_delete AFTER DELETE ON watched_torrents
REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION popular_after_delete();

CREATE TRIGGER popular_after_update AFTER UPDATE ON watched_torrents
REFERENCING OLD TABLE AS gone NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION popular_after_update();
