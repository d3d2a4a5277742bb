"use strict";
/** Waiting for something that may never come: time limits and AbortSignals. */

const { TimedOutError } = require("./errors.js");

/**
 * The promise's value, unless the deadline or the signal is first.
 *
 * @param deadline  as performance.now(); undefined: none
 * @param what  says what did not come in time
 */
async function within(promise, { deadline, signal, what }) {
	signal?.throwIfAborted();
	if (deadline === undefined && !signal) return promise;
	let timer, abort;
	const end = new Promise((_, reject) => {
		if (deadline !== undefined && deadline !== Infinity)
			timer = setTimeout(() => reject(new TimedOutError(what)), deadline - performance.now());
		abort = () => reject(signal.reason);
		signal?.addEventListener("abort", abort, { once: true });
	});
	try {
		return await Promise.race([promise, end]);
	} finally {
		clearTimeout(timer);
		signal?.removeEventListener("abort", abort);
	}
}

/** When a time limit that begins now is over. */
function deadlineOf(timeoutMs) {
	return timeoutMs === undefined ? undefined : performance.now() + timeoutMs;
}

module.exports = { within, deadlineOf };
