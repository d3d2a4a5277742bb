"use strict";
/** Providers of searches that are written in JavaScript. */

const { capi } = require("./capi.js");
const { ProviderStatus } = require("./enums.js");
const errors = require("./errors.js");
const { fill } = require("./object.js");

const MAX_RETRY_MS = 1e12;

/** Thrown by a provider: ask again after so many milliseconds. */
class Throttled extends Error {
	constructor(retryAfterMs, message = "asks for a pause") {
		super(message);
		this.name = "Throttled";
		this.retryAfterMs = retryAfterMs;
	}
}

/** What a provider is asked.  It stays valid until the provider has answered. */
class Request {
	#raw;

	constructor(raw) {
		this.#raw = raw;
		this.text = capi.tstream_request_get_text(raw);
		this.categories = capi.tstream_request_get_categories(raw);
		this.reference = capi.tstream_request_get_reference(raw);
		this.limit = capi.tstream_request_get_limit(raw);
	}

	/** Until nobody waits any more; 0 when that is so. */
	get remainingMs() {
		return capi.tstream_request_get_remaining_us(this.#raw) / 1000;
	}

	/** True when nobody waits any more: cancelled, or too late. */
	get cancelled() {
		return capi.tstream_request_is_cancelled(this.#raw) === 1;
	}

	/** @internal */
	_add({ title, infohash, magnet, link, reference, category, size, seeders, leechers, publishedS }) {
		capi.tstream_request_add(this.#raw, fill(new capi.tstream_found(), {
			title, infohash, magnet, link, reference, category, size, seeders, leechers,
			published_s: publishedS,
		}));
	}

	/** @internal */
	_give(answer) {
		if (typeof answer === "string") capi.tstream_request_give_magnet(this.#raw, answer);
		else capi.tstream_request_give_torrent(this.#raw, answer);
	}

	/** @internal */
	_finish(status, retryUs = 0, message = null) {
		capi.tsb_request_finish(this.#raw, status, retryUs, message);
	}
}

/** The first that fits. */
const STATUS = [
	[errors.CanceledError, ProviderStatus.cancelled],
	[errors.ClosedError, ProviderStatus.cancelled],
	[errors.RefusedError, ProviderStatus.refused],
	[errors.TimedOutError, ProviderStatus.timeout],
	[errors.AccessError, ProviderStatus.auth],
	[errors.NetworkError, ProviderStatus.network],
	[errors.NotSupportedError, ProviderStatus.unsupported],
	[errors.InvalidError, ProviderStatus.parse],
	[SyntaxError, ProviderStatus.parse],
	[TypeError, ProviderStatus.parse],
	[RangeError, ProviderStatus.parse],
];

/** A time to wait; 0 for what is none. */
function microseconds(givenMs) {
	const timeMs = typeof givenMs === "number" && givenMs > 0 ? givenMs : 0;
	return Math.trunc(Math.min(timeMs, MAX_RETRY_MS) * 1000);
}

function statusOf(error) {
	const known = STATUS.find(([Kind]) => error instanceof Kind);
	if (known) return known[1];
	return error?.name === "TimeoutError" ? ProviderStatus.timeout : ProviderStatus.network;
}

/** [status, pause in microseconds, sentence] of what a provider threw. */
function outcomeOf(error) {
	if (error instanceof Throttled)
		return [ProviderStatus.throttled, microseconds(error.retryAfterMs), String(error.message)];
	// It has given more than was wanted.
	if (error instanceof errors.LimitError) return [ProviderStatus.ok, 0, ""];
	const sentence = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
	return [statusOf(error), 0, sentence];
}

function finishWith(request, error) {
	let outcome;
	try {
		outcome = outcomeOf(error);
	} catch {
		// Anything can be thrown, also what throws when it is looked at.
		outcome = [ProviderStatus.network, 0, "it cannot say why"];
	}
	const [status, retryUs, sentence] = outcome;
	request._finish(status, retryUs, sentence.replaceAll("\0", " ") || null);
}

/** The function that the C part calls with each request of a provider. */
function asker(provider) {
	return async (isResolve, raw) => {
		const request = new Request(raw);
		try {
			if (isResolve) {
				if (!provider.resolve) throw new errors.NotSupportedError("it has no resolve()");
				request._give(await provider.resolve(request));
			} else {
				for await (const found of await provider.search(request)) request._add(found);
			}
			request._finish(ProviderStatus.ok);
		} catch (error) {
			finishWith(request, error);
		}
	};
}

module.exports = { Throttled, asker };
