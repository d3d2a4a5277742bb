"use strict";
/** Searches: many indexers asked at once, one list of torrents back. */

const { capi, later } = require("./capi.js");
const { LibraryObject, fill, orDefault } = require("./object.js");
const { asker } = require("./provider.js");
const { filled, listed, take } = require("./snapshots.js");
const { deadlineOf, within } = require("./waiting.js");

/** A pipe of the library that is watched while somebody waits for it. */
class Pipe {
	#watch;
	#waiting = new Set();

	constructor(fd) {
		this.#watch = capi.tsb_watch_open(fd, () => this.wake());
	}

	/** Resolves when it is readable, or when wake() is called. */
	async readable(limits) {
		let settle;
		const promise = new Promise((resolve) => {
			settle = resolve;
		});
		this.#waiting.add(settle);
		capi.tsb_watch_start(this.#watch, 1);
		try {
			await within(promise, limits);
		} finally {
			this.#waiting.delete(settle);
			if (this.#waiting.size === 0) capi.tsb_watch_stop(this.#watch);
		}
	}

	wake() {
		capi.tsb_watch_stop(this.#watch);
		for (const settle of this.#waiting) settle();
	}

	close() {
		this.wake();
		capi.tsb_watch_close(this.#watch);
	}
}

/** A query under way.  Iterating gives results as they come, until all have answered. */
class Query extends LibraryObject {
	#pipe;
	#signal;
	#abort = () => this.closed || this.cancel();

	/** Made by a search, which it keeps open. */
	constructor(search, raw, { signal } = {}) {
		super();
		this.search = search;
		this._hold(raw);
		this.#signal = signal;
		signal?.addEventListener("abort", this.#abort, { once: true });
		this.#pipe = new Pipe(capi.tstream_query_get_wakeup_fd(raw));
	}

	/** 1 and a result; TSTREAM_EAGAIN: none yet; 0: there are no more. */
	#next() {
		const raw = new capi.tstream_result();
		const code = capi.tstream_query_next(this._raw, raw);
		if (code === 0) this.#forgetSignal();
		return [code, code === 1 ? take(raw) : null];
	}

	/** The next torrent that is new, or that another provider has added to; null: none now. */
	nextNow() {
		return this.#next()[1];
	}

	async *[Symbol.asyncIterator]() {
		for (;;) {
			const [code, result] = this.#next();
			if (code === 1) yield result;
			else if (code === 0) return;
			else await this.#pipe.readable({ signal: this.#signal });
		}
	}

	/** True when no more results will come. */
	get done() {
		return capi.tstream_query_is_done(this._raw) === 1;
	}

	/** Resolves once every provider has answered or its time is over. */
	async waitDone({ signal, timeoutMs } = {}) {
		const limits = { signal, deadline: deadlineOf(timeoutMs), what: "the query is not done in time" };
		while (!this.done) {
			await this.#pipe.readable(limits);
			// The wakeup rests only when there is nothing to take.
			while (!this.done && this.nextNow() !== null);
		}
		return this;
	}

	/** What was found so far, the best first; limit 0: all. */
	results({ offset = 0, limit = 0 } = {}) {
		const list = capi.tstream_query_get_results(this._raw, offset, limit)[1];
		const count = capi.tstream_results_get_count(list);
		const results = Array.from({ length: count }, (_, index) =>
			filled(capi.tstream_result, (raw) => capi.tstream_results_get(list, index, raw)));
		const total = capi.tstream_results_get_total(list);
		capi.tsb_close(list);
		capi.tsb_destroy(list);
		return { results, total };
	}

	/** How each provider of this query fares. */
	providers() {
		return listed((capacity) => capi.tstream_query_get_providers(this._raw, capacity)).map(take);
	}

	stats() {
		return filled(capi.tstream_query_stats,
			(raw) => capi.tstream_query_get_stats(this._raw, raw));
	}

	/** Stop asking, if nobody else waits for the same; what was found stays. */
	cancel() {
		capi.tstream_query_cancel(this._raw);
	}

	get _isQuick() {
		return true;
	}

	_beforeDestroy() {
		this.#forgetSignal();
		this.#pipe.close();
	}

	/** A signal may live for as long as the program. */
	#forgetSignal() {
		this.#signal?.removeEventListener("abort", this.#abort);
	}
}

/** Providers and a cache. */
class Search extends LibraryObject {
	/** A search without providers. */
	constructor(options = {}) {
		super();
		const { cache } = options;
		const raw = fill(new capi.tstream_search_options(), {
			provider_timeout_us: orDefault(options.providerTimeoutMs),
			timeout_us: orDefault(options.timeoutMs),
			complete_ttl_us: orDefault(options.completeTtlMs),
			partial_ttl_us: orDefault(options.partialTtlMs),
			breaker_us: orDefault(options.breakerMs),
			breaker_failures: options.breakerFailures,
			max_queries: options.maxQueries,
		});
		this._hold(capi.tsb_search_open(raw, cache ? cache._raw : null)[1]);
	}

	/** A Torznab indexer: Jackett, Prowlarr, NZBHydra2, bitmagnet. */
	addTorznab(name, url, apiKey = null) {
		capi.tstream_search_add_torznab(this._raw, name, url, apiKey);
	}

	/** The Internet Archive. */
	addArchive(name = "archive", url = null) {
		capi.tstream_search_add_archive(this._raw, name, url);
	}

	/** An RSS or Atom feed; where `{searchTerms}` stands, the query goes. */
	addFeed(name, url) {
		capi.tstream_search_add_feed(this._raw, name, url);
	}

	/** A catalogue, which the search holds open. */
	addCatalog(name, catalog) {
		capi.tstream_search_add_catalog(this._raw, name, catalog._raw);
	}

	/**
	 * A provider of your own; public: its magnets hold no secrets and may be cached; local: it
	 * answers at once, of what this process knows, and is not cached.
	 */
	addProvider(name, provider, { public: isPublic = false, local = false } = {}) {
		// Without TSTREAM_PROVIDER_BLOCKING: requests are only handed to the event loop.
		const flags = (isPublic ? capi.TSTREAM_PROVIDER_PUBLIC : 0)
			| (local ? capi.TSTREAM_PROVIDER_LOCAL : 0);
		capi.tsb_search_add_provider(this._raw, name, provider.kind ?? "node", flags,
			asker(provider));
	}

	/** Take a provider out; queries that asked it get it as cancelled. */
	removeProvider(name) {
		capi.tstream_search_remove_provider(this._raw, name);
	}

	/** All providers by themselves, in the order they were added. */
	providers() {
		return listed((capacity) => capi.tstream_search_get_providers(this._raw, capacity)).map(take);
	}

	/** Ask all providers at the same time: `for await (const result of search.query("sintel"))`. */
	query(text, { providers, categories, useCache = true, signal } = {}) {
		signal?.throwIfAborted();
		const options = fill(new capi.tstream_query_options(), {
			flags: useCache ? 0 : capi.TSTREAM_QUERY_NO_CACHE,
			providers: providers?.join(","),
			categories: categories?.join(","),
		});
		return new Query(this, capi.tstream_search_start(this._raw, text, options)[1], { signal });
	}

	/** What a result stands for: a magnet, or the bytes of a .torrent. */
	async resolve(resultId, { signal, timeoutMs } = {}) {
		const raw = capi.tstream_search_resolve(this._raw, resultId, orDefault(timeoutMs))[1];
		const pipe = new Pipe(capi.tstream_resolution_get_wakeup_fd(raw));
		try {
			await pipe.readable({ signal });
			const [, magnet, bytes] = capi.tstream_resolution_get(raw);
			return magnet ?? bytes;
		} finally {
			pipe.close();
			capi.tsb_close(raw);
			capi.tsb_destroy(raw);
		}
	}
}

module.exports = { Search, Query };
