"use strict";
/** Sessions: the engine, its data directory, limits and events. */

const { EventEmitter } = require("node:events");
const { capi, later } = require("./capi.js");
const { Events } = require("./events.js");
const { Hub } = require("./hub.js");
const { Lifecycle, fill, microseconds } = require("./object.js");
const { filled, listed } = require("./snapshots.js");
const { Torrent } = require("./torrent.js");

const OWN_EVENTS = new Set(["newListener", "removeListener"]);

class Session extends Lifecycle(EventEmitter) {
	#hub;
	#iterators = new Set();

	/** Start the engine. */
	static async open(dataDir, options = {}) {
		const { cache, metadataTimeoutMs = 120_000 } = options;
		const raw = fill(new capi.tstream_session_options(), {
			data_dir: dataDir,
			listen: options.listen,
			flags: (options.dht ?? true ? 0 : capi.TSTREAM_SESSION_NO_DHT)
				| (options.lsd ?? true ? 0 : capi.TSTREAM_SESSION_NO_LSD)
				| (options.portMapping ?? true ? 0 : capi.TSTREAM_SESSION_NO_PORT_MAPPING)
				| (options.upload ?? true ? 0 : capi.TSTREAM_SESSION_NO_UPLOAD)
				| (options.privateSources ? capi.TSTREAM_SESSION_PRIVATE_SOURCES : 0),
			quota_bytes: options.quotaBytes,
			upload_bytes_per_s: options.uploadBytesPerS,
			download_bytes_per_s: options.downloadBytesPerS,
			max_torrents: options.maxTorrents,
			max_peers: options.maxPeers,
			max_readers: options.maxReaders,
			metadata_timeout_us: microseconds(metadataTimeoutMs),
		});
		const [, opened] = await later(capi.tsb_session_open, raw, cache ? cache._raw : null);
		return new Session(opened, metadataTimeoutMs);
	}

	/** Made by Session.open(). */
	constructor(raw, metadataTimeoutMs) {
		super();
		this._hold(raw);
		this.metadataTimeoutMs = metadataTimeoutMs;
		this.#hub = new Hub(raw, (event) => this.#tell(event));
		this.on("newListener", (name) => OWN_EVENTS.has(name) || this.#hub.hear(true));
		this.on("removeListener", () => this.#listen());
	}

	/** @internal */
	get _hub() {
		return this.#hub;
	}

	/** Open a magnet URI or a bare infohash; does not wait for its metadata. */
	open(magnet) {
		return this.#torrent(capi.tstream_torrent_open_magnet, magnet);
	}

	/** Open from the bytes of a .torrent file. */
	openBytes(torrentFile) {
		return this.#torrent(capi.tstream_torrent_open_bytes, torrentFile);
	}

	/** Fetch a .torrent over http or https and open it. */
	openUrl(url, { allowPrivate = false, timeoutMs = 30_000 } = {}) {
		const flags = allowPrivate ? capi.TSTREAM_URL_ALLOW_PRIVATE : 0;
		return this.#torrent(capi.tstream_torrent_open_url, url, flags, microseconds(timeoutMs));
	}

	/** Open a torrent whose metadata is on disk from an earlier time. */
	openStored(infohash) {
		return this.#torrent(capi.tstream_torrent_open_stored, infohash);
	}

	/** A torrent that is open; throws NotFoundError if it is not. */
	find(infohash) {
		return new Torrent(this, capi.tstream_torrent_find(this._raw, infohash)[1]);
	}

	async #torrent(open, ...args) {
		return new Torrent(this, (await this._later(open, ...args))[1]);
	}

	/** The torrents that are open now, oldest first. */
	torrents() {
		return listed((capacity) => capi.tstream_session_list_torrents(this._raw, capacity))
			.map((raw) => new Torrent(this, raw));
	}

	stats() {
		return filled(capi.tstream_session_stats,
			(raw) => capi.tstream_session_get_stats(this._raw, raw));
	}

	/** Events as they come from now on, until the session is closed or the loop is left. */
	events({ signal } = {}) {
		signal?.throwIfAborted();
		const events = new Events(this.#hub, signal, (over) => {
			this.#iterators.delete(over);
			this.#listen();
		});
		this.#iterators.add(events);
		this.#listen();
		return events;
	}

	/** Events are taken from the library while somebody might want them. */
	#listen() {
		const isHeard = this.eventNames().some((name) => !OWN_EVENTS.has(name));
		this.#hub.hear(isHeard || this.#iterators.size > 0);
	}

	#tell(event) {
		for (const events of this.#iterators) events.add(event);
		this.emit("event", event);
		this.emit(event.type, event);
	}

	_beforeDestroy() {
		this.#hub.close();
		for (const events of [...this.#iterators]) events.end();
	}
}

/** Which torrent a magnet URI or a bare infohash names, without opening it. */
function magnetInfohash(magnet) {
	return capi.tstream_magnet_get_infohash(magnet)[1];
}

module.exports = { Session, magnetInfohash };
