"use strict";
/** Torrents: what is in them and what they are doing. */

const { capi } = require("./capi.js");
const { NotFoundError } = require("./errors.js");
const { torrentKey } = require("./hub.js");
const { LibraryObject } = require("./object.js");
const { Reader } = require("./reader.js");
const { filled, listed, take } = require("./snapshots.js");
const { deadlineOf, within } = require("./waiting.js");

class Torrent extends LibraryObject {
	#openedMs = performance.now();

	/** Made by a session, which it keeps open. */
	constructor(session, raw) {
		super();
		this.session = session;
		this._hold(raw);
		/** The v1 infohash in hexadecimal, or the v2 one if there is no other. */
		this.infohash = capi.tstream_torrent_get_infohash(raw);
	}

	get infohashV1() {
		return capi.tstream_torrent_get_infohash_v1(this._raw);
	}

	get infohashV2() {
		return capi.tstream_torrent_get_infohash_v2(this._raw);
	}

	get name() {
		return capi.tstream_torrent_get_name(this._raw);
	}

	get magnet() {
		return capi.tstream_torrent_magnet_copy(this._raw);
	}

	get torrentFile() {
		return capi.tstream_torrent_file_copy(this._raw)[1];
	}

	get size() {
		return capi.tstream_torrent_get_size(this._raw);
	}

	get isPrivate() {
		return capi.tstream_torrent_is_private(this._raw) === 1;
	}

	get pieceCount() {
		return capi.tstream_torrent_get_piece_count(this._raw);
	}

	get pieceSize() {
		return capi.tstream_torrent_get_piece_size(this._raw);
	}

	get files() {
		const count = capi.tstream_torrent_get_file_count(this._raw);
		return Array.from({ length: count }, (_, index) => this.file(index));
	}

	file(index) {
		return filled(capi.tstream_file,
			(raw) => capi.tstream_torrent_get_file(this._raw, index, raw));
	}

	get defaultFile() {
		return this.file(capi.tstream_torrent_get_default_file(this._raw));
	}

	/** The index of a file given as itself, its index or its path; undefined: the default. */
	fileIndex(file) {
		if (file === undefined || file === null)
			return capi.tstream_torrent_get_default_file(this._raw);
		if (typeof file === "number") return file;
		if (typeof file === "object") return file.index;
		const known = this.files.find(({ path }) => path === file);
		if (!known) throw new NotFoundError(`the torrent has no file ${JSON.stringify(file)}`);
		return known.index;
	}

	/** Resolves with the torrent once files and sizes are known. */
	async metadata({ signal, timeoutMs } = {}) {
		const limitMs = this.session.metadataTimeoutMs;
		const limit = limitMs === Infinity ? undefined : this.#openedMs + limitMs;
		const deadline = Math.min(deadlineOf(timeoutMs) ?? Infinity, limit ?? Infinity);
		const what = `no peer gave the metadata of ${this.infohash} in time`;
		signal?.throwIfAborted();
		while (!this.#hasMetadata()) {
			const known = this.session._hub.expect(torrentKey(this.infohash));
			try {
				if (!this.#hasMetadata()) await within(known.promise, { signal, deadline, what });
			} finally {
				known.end();
			}
		}
		return this;
	}

	#hasMetadata() {
		try {
			capi.tstream_torrent_wait_metadata(this._raw, 0);
			return true;
		} catch (error) {
			if (error.code === "EAGAIN") return false;
			throw error;
		}
	}

	/** Open a file for reading. */
	reader(file, options) {
		return new Reader(this, this.fileIndex(file), options);
	}

	/** A file, or a part of it, as a stream.Readable. */
	stream(file, { highWaterMark, signal, ...options } = {}) {
		return this.reader(file, options).stream({ highWaterMark, signal });
	}

	/** A file, or a part of it, as a Web ReadableStream. */
	webStream(file, { signal, ...options } = {}) {
		return this.reader(file, options).webStream({ signal });
	}

	subtitles(film) {
		const index = this.fileIndex(film);
		return listed((capacity) => capi.tstream_torrent_get_subtitles(this._raw, index, capacity))
			.map(take);
	}

	/** Fetch the whole file in the background, after what readers want, or stop doing so. */
	keep(file, keep = true) {
		capi.tstream_torrent_keep_file(this._raw, this.fileIndex(file), keep);
	}

	stats() {
		return filled(capi.tstream_torrent_stats,
			(raw) => capi.tstream_torrent_get_stats(this._raw, raw));
	}

	pieces() {
		const [count, pieces] = capi.tstream_torrent_get_pieces(this._raw, this.pieceCount);
		return pieces.subarray(0, count);
	}

	peers() {
		return listed((capacity) => capi.tstream_torrent_get_peers(this._raw, capacity)).map(take);
	}

	readers() {
		return listed((capacity) => capi.tstream_torrent_get_readers(this._raw, capacity)).map(take);
	}

	addPeer(address) {
		capi.tstream_torrent_add_peer(this._raw, address);
	}

	preferPeer(address) {
		capi.tstream_torrent_prefer_peer(this._raw, address);
	}

	/** Leave the swarm and delete the data.  Its readers reject with CanceledError. */
	async remove() {
		await this._later(capi.tstream_torrent_remove);
	}

	get _isQuick() {
		return true;
	}

	_beforeDestroy() {
		this.session._hub.wake(torrentKey(this.infohash));
	}
}

module.exports = { Torrent };
