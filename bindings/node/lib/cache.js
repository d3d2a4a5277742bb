"use strict";
/** What was found once, kept for the next time it is asked for. */

const { capi, later } = require("./capi.js");
const { NotFoundError } = require("./errors.js");
const { LibraryObject, fill, orDefault } = require("./object.js");
const { filled } = require("./snapshots.js");

class Cache extends LibraryObject {
	/** `memory:`, `memory:?bytes=N` or `redis://user:password@host:port/db`. */
	static async open(url = "memory:", options = {}) {
		const raw = fill(new capi.tstream_cache_options(), {
			max_bytes: options.maxBytes,
			max_value_bytes: options.maxValueBytes,
			connect_timeout_us: orDefault(options.connectTimeoutMs),
			command_timeout_us: orDefault(options.commandTimeoutMs),
			retry_us: orDefault(options.retryMs),
		});
		return new Cache((await later(capi.tstream_cache_open, url, raw))[1]);
	}

	/** Made by Cache.open(). */
	constructor(raw) {
		super();
		this._hold(raw);
	}

	/** The value, or null if there is none, or its time is over. */
	async get(key) {
		try {
			return (await this._later(capi.tstream_cache_get_copy, key))[1];
		} catch (error) {
			if (error instanceof NotFoundError) return null;
			throw error;
		}
	}

	/** Keep a value for ttlMs, or as long as there is room. */
	async put(key, value, { ttlMs } = {}) {
		const bytes = typeof value === "string" ? Buffer.from(value) : value;
		await this._later(capi.tstream_cache_put, key, bytes, orDefault(ttlMs));
	}

	/** Forget a value, if there is one. */
	async remove(key) {
		await this._later(capi.tstream_cache_remove, key);
	}

	/** A snapshot; does not ask the store. */
	stats() {
		return filled(capi.tstream_cache_stats,
			(raw) => capi.tstream_cache_get_stats(this._raw, raw));
	}
}

module.exports = { Cache };
