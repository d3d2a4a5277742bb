"use strict";
/**
 * The one place where a session's events are taken, and promises wait for them.
 *
 * A session has one pipe that turns readable when there is an event.  While somebody waits the
 * event loop watches it, and the program is kept alive; while somebody only listens, it is watched
 * without that.  No thread is involved.
 */

const { capi } = require("./capi.js");
const { ClosedError } = require("./errors.js");
const { take } = require("./snapshots.js");

// Tags with this bit belong to readers that were given none, whose events are nobody else's.
const OWN_TAG = 1n << 63n;

const readerKey = (tag) => `reader ${tag}`;
const torrentKey = (infohash) => `torrent ${infohash}`;

class Hub {
	#raw;
	#watch;
	#waiters = new Map();
	#waiterCount = 0;
	#isHeard = false;
	#isClosed = false;
	#lastTag = 0n;
	#onEvent;
	#event = new capi.tstream_event();

	constructor(raw, onEvent) {
		this.#raw = raw;
		this.#onEvent = onEvent;
		const fd = capi.tstream_session_get_wakeup_fd(raw);
		this.#watch = capi.tsb_watch_open(fd, () => this.#drain());
	}

	nextTag() {
		return OWN_TAG | ++this.#lastTag;
	}

	/** What happens to the key from now on resolves the promise, until end() is called. */
	expect(key) {
		if (this.#isClosed) throw new ClosedError("the session is closed");
		let wake;
		const promise = new Promise((resolve) => {
			wake = resolve;
		});
		const waiting = this.#waiters.get(key) ?? new Set();
		this.#waiters.set(key, waiting.add(wake));
		this.#waiterCount++;
		this.#update();
		const end = () => {
			waiting.delete(wake);
			if (waiting.size === 0 && this.#waiters.get(key) === waiting) this.#waiters.delete(key);
			this.#waiterCount--;
			this.#update();
		};
		return { promise, end };
	}

	/** Whether anybody listens to events without waiting for one. */
	hear(isHeard) {
		this.#isHeard = isHeard;
		this.#update();
	}

	#update() {
		if (this.#isClosed) return;
		if (this.#waiterCount > 0) capi.tsb_watch_start(this.#watch, 1);
		else if (this.#isHeard) capi.tsb_watch_start(this.#watch, 0);
		else capi.tsb_watch_stop(this.#watch);
	}

	#drain() {
		while (!this.#isClosed && capi.tstream_session_next_event(this.#raw, this.#event) === 1) {
			const event = take(this.#event);
			if (event.type === "overflow") this.#wakeAll();
			else if (event.type === "readable") this.wake(readerKey(event.tag));
			else this.wake(torrentKey(event.infohash));
			if (event.type !== "readable" || event.tag < OWN_TAG) this.#onEvent(event);
		}
	}

	/** Also for what this side does itself, such as closing a reader. */
	wake(key) {
		for (const wake of this.#waiters.get(key) ?? []) wake();
	}

	#wakeAll() {
		for (const key of this.#waiters.keys()) this.wake(key);
	}

	/** Before the session is. */
	close() {
		if (this.#isClosed) return;
		this.#isClosed = true;
		capi.tsb_watch_close(this.#watch);
		this.#wakeAll();
	}
}

module.exports = { Hub, readerKey, torrentKey };
