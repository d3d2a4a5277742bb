"use strict";
/** Torrents known here, found by the words of their titles at once. */

const { capi, later } = require("./capi.js");
const { LibraryObject, fill } = require("./object.js");

class Catalog extends LibraryObject {
	/** One SQLite file; `:memory:` is one that lives as long as it is open. */
	static async open(path = ":memory:", { empty = false } = {}) {
		const flags = empty ? capi.TSTREAM_CATALOG_EMPTY : 0;
		return new Catalog((await later(capi.tstream_catalog_open, path, flags))[1]);
	}

	/** Made by Catalog.open(). */
	constructor(raw) {
		super();
		this._hold(raw);
	}

	/** Add an entry, or put it in the place of the one with the same infohash. */
	async add({ title, magnet, size, category, publishedS }) {
		await this._later(capi.tstream_catalog_add, fill(new capi.tstream_catalog_entry(),
			{ title, magnet, size, category, published_s: publishedS }));
	}

	/** Add a torrent whose metadata is known; an entry that is there stays as it is. */
	async addTorrent(torrent) {
		await this._later(capi.tstream_catalog_add_torrent, torrent._raw);
	}

	/** Add a list, one entry a line; gives their count. */
	async importList(text) {
		const bytes = typeof text === "string" ? Buffer.from(text) : text;
		return (await this._later(capi.tstream_catalog_import, bytes))[1];
	}

	/** Take an entry out; rejects with NotFoundError if there is none. */
	async remove(infohash) {
		await this._later(capi.tstream_catalog_remove, infohash);
	}

	count() {
		return this._later(capi.tstream_catalog_get_count);
	}
}

module.exports = { Catalog };
