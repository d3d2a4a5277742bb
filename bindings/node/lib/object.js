"use strict";
/** What all classes share that hold an object of the library. */

const { capi, later } = require("./capi.js");
const { ClosedError } = require("./errors.js");

// Node 18 does not have it yet; who uses a polyfill has the same symbol.
const asyncDispose = Symbol.asyncDispose ?? Symbol.for("nodejs.asyncDispose");

const Lifecycle = (Base) =>
	class extends Base {
		#raw = null;
		#pending = new Set();
		#closing = null;

		/** @internal */
		_hold(raw) {
			this.#raw = raw;
		}

		/** @internal The object of the raw module; what is closed throws there. */
		get _raw() {
			if (this.#raw === null) throw new ClosedError(`${this.constructor.name} is not open`);
			return this.#raw;
		}

		/** @internal A call that may take a while; close() waits for it. */
		async _later(call, ...args) {
			const done = later(call, this._raw, ...args);
			this.#pending.add(done);
			try {
				return await done;
			} finally {
				this.#pending.delete(done);
			}
		}

		/** True from the moment that close() was called. */
		get closed() {
			return this.#raw === null || !capi.tsb_is_open(this.#raw);
		}

		/** Let go of it.  What waits for it is rejected; twice is fine. */
		close() {
			this.#closing ??= this.#close();
			return this.#closing;
		}

		async #close() {
			if (this.#raw === null) return;
			capi.tsb_close(this.#raw);
			await this._beforeDestroy();
			await Promise.allSettled(this.#pending);
			if (this._isQuick) capi.tsb_destroy(this.#raw);
			else await later(capi.tsb_destroy, this.#raw);
		}

		/** @internal Whether destroying it neither waits nor takes long. */
		get _isQuick() {
			return false;
		}

		/** @internal Wake those who wait for it. */
		_beforeDestroy() {}

		[asyncDispose]() {
			return this.close();
		}
	};

class LibraryObject extends Lifecycle(Object) {}

/** Microseconds, of which negative ones are for ever; undefined is for ever. */
function microseconds(timeoutMs) {
	return timeoutMs === undefined || timeoutMs === Infinity ? -1 : Math.trunc(timeoutMs * 1000);
}

/** Microseconds, of which 0 is the library's default. */
function orDefault(timeMs) {
	return timeMs === undefined ? 0 : Math.trunc(timeMs * 1000);
}

/** Set the fields of a struct of options from what is given. */
function fill(raw, fields) {
	for (const [name, value] of Object.entries(fields))
		if (value !== undefined) raw[name] = value;
	return raw;
}

module.exports = { Lifecycle, LibraryObject, asyncDispose, microseconds, orDefault, fill };
