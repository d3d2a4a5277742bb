"use strict";
/** What was watched, and how far. */

const { capi, later } = require("./capi.js");
const { NotFoundError } = require("./errors.js");
const { LibraryObject, fill, orDefault } = require("./object.js");
const { filled } = require("./snapshots.js");

class History extends LibraryObject {
	/** `sqlite:PATH` or `postgresql://user:password@host:5432/name`. */
	static async open(url, options = {}) {
		const raw = fill(new capi.tstream_history_options(), {
			timeout_us: orDefault(options.timeoutMs),
			sitting_gap_us: orDefault(options.sittingGapMs),
			max_connections: options.maxConnections,
			max_rows_per_session: options.maxRowsPerSession,
		});
		return new History((await later(capi.tstream_history_open, url, raw))[1]);
	}

	/** Made by History.open(). */
	constructor(raw) {
		super();
		this._hold(raw);
	}

	/** Ask the database for a sign of life. */
	async ping() {
		await this._later(capi.tstream_history_ping);
	}

	/** Record that a session watches a file now; gives the id of the sitting. */
	async record(sessionId, magnet, options = {}) {
		const watch = fill(new capi.tstream_watch(), {
			session_id: sessionId,
			magnet,
			file_index: options.fileIndex,
			title: options.title,
			position_us: options.positionUs,
			duration_us: options.durationUs,
			watched_at_us: options.watchedAtUs,
		});
		return (await this._later(capi.tstream_history_record, watch))[1];
	}

	/** Where a sitting is; rejects with NotFoundError if the session has no such row. */
	async setPosition(sessionId, id, positionUs, durationUs = 0) {
		await this._later(capi.tstream_history_set_position, sessionId, id, positionUs, durationUs);
	}

	/** The same for the newest sitting of a file. */
	async setFilePosition(sessionId, infohash, fileIndex, positionUs, durationUs = 0) {
		await this._later(capi.tstream_history_set_file_position, sessionId, infohash, fileIndex,
			positionUs, durationUs);
	}

	/** Where the newest sitting of a file is; null if the session has not watched it. */
	async filePosition(sessionId, infohash, fileIndex) {
		try {
			const [, positionUs, durationUs] = await this._later(
				capi.tstream_history_get_file_position, sessionId, infohash, fileIndex);
			return { positionUs, durationUs };
		} catch (error) {
			if (error instanceof NotFoundError) return null;
			throw error;
		}
	}

	/** A session's sittings, newest first, a page at a time; the cursor is the page before's. */
	async page(sessionId, { latest = false, cursor, limit } = {}) {
		const query = fill(new capi.tstream_history_query(), {
			session_id: sessionId, flags: latest ? capi.TSTREAM_HISTORY_LATEST : 0, cursor, limit,
		});
		return pageOf((await this._later(capi.tstream_history_list, query))[1]);
	}

	/** All of a session's sittings, newest first, asked for as you go. */
	async *entries(sessionId, { latest = false } = {}) {
		let cursor = "";
		do {
			const page = await this.page(sessionId, { latest, cursor });
			yield* page.entries;
			cursor = page.cursor;
		} while (cursor);
	}

	/** One sitting; rejects with NotFoundError if the session has no such row. */
	async find(sessionId, id) {
		return pageOf((await this._later(capi.tstream_history_find, sessionId, id))[1]).entries[0];
	}

	/** All of a session's sittings as a JSON document. */
	async exportJson(sessionId) {
		return (await this._later(capi.tstream_history_export_json, sessionId))[1];
	}

	async remove(sessionId, id) {
		await this._later(capi.tstream_history_remove, sessionId, id);
	}

	async clear(sessionId) {
		await this._later(capi.tstream_history_clear, sessionId);
	}

	/** Let the rows of one session be those of another, as when somebody logs in. */
	async claim(fromSessionId, toSessionId) {
		await this._later(capi.tstream_history_claim, fromSessionId, toSessionId);
	}

	/** Forget, of all sessions, what began before a time; false if something is left. */
	async prune(beforeUs) {
		return (await this._later(capi.tstream_history_prune, beforeUs))[1];
	}

	/** The films that most sessions watched within so many whole days; 0: all time. */
	async popular({ days = 0, limit = 0 } = {}) {
		const films = (await this._later(capi.tstream_history_popular, days, limit))[1];
		return all(films, capi.tstream_popular_get_count, capi.tstream_popular_film,
			capi.tstream_popular_get_film);
	}
}

/** What a list of the library holds, of which it is let go. */
function all(list, count, Raw, get) {
	const found = Array.from({ length: count(list) },
		(_, index) => filled(Raw, (raw) => get(list, index, raw)));
	capi.tsb_close(list);
	capi.tsb_destroy(list);
	return found;
}

function pageOf(list) {
	const cursor = capi.tstream_history_page_get_cursor(list);
	const entries = all(list, capi.tstream_history_page_get_count, capi.tstream_history_entry,
		capi.tstream_history_page_get_entry);
	return { entries, cursor };
}

module.exports = { History, all };
