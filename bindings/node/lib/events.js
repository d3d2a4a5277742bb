"use strict";
/** A session's events as an async iterator. */

const MAX_EVENTS = 1024;

class Events {
	#hub;
	#leave;
	#signal;
	#abort = () => this.#end(this.#signal.reason);
	#queue = [];
	/** Those who ask for events that have not happened yet, in their order. */
	#asking = [];
	#isOver = false;
	#failure;

	/** leave(this) is called once when it is over. */
	constructor(hub, signal, leave) {
		this.#hub = hub;
		this.#leave = leave;
		this.#signal = signal;
		signal?.addEventListener("abort", this.#abort, { once: true });
	}

	add(event) {
		const first = this.#asking.shift();
		if (first) {
			first.alive.end();
			first.resolve({ done: false, value: event });
			return;
		}
		if (this.#queue.length === MAX_EVENTS) this.#queue.shift();
		this.#queue.push(event);
	}

	/** Whoever asks keeps the program alive; who only might ask later does not. */
	next = async () => {
		if (this.#failure) throw this.#failure.reason;
		if (this.#queue.length > 0) return { done: false, value: this.#queue.shift() };
		if (this.#isOver) return { done: true, value: undefined };
		return new Promise((resolve, reject) => {
			this.#asking.push({ resolve, reject, alive: this.#hub.expect("events") });
		});
	};

	return = async () => {
		this.#queue = [];
		this.#end();
		return { done: true, value: undefined };
	};

	/** There will be no more; what is queued is still given. */
	end() {
		this.#end();
	}

	#end(...failure) {
		if (this.#isOver) return;
		this.#isOver = true;
		if (failure.length > 0) this.#failure = { reason: failure[0] };
		this.#signal?.removeEventListener("abort", this.#abort);
		for (const { alive, resolve, reject } of this.#asking.splice(0)) {
			alive.end();
			if (this.#failure) reject(this.#failure.reason);
			else resolve({ done: true, value: undefined });
		}
		this.#leave(this);
	}

	[Symbol.asyncIterator]() {
		return this;
	}
}

module.exports = { Events };
