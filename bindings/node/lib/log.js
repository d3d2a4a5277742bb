"use strict";
/** The library's log, as calls of a function. */

const { capi } = require("./capi.js");

const LEVELS = new Map([
	[capi.TSTREAM_LOG_ERROR, "error"],
	[capi.TSTREAM_LOG_WARNING, "warning"],
	[capi.TSTREAM_LOG_INFO, "info"],
	[capi.TSTREAM_LOG_TRACE, "trace"],
]);

/**
 * Hand what the library has to say to log(level, message); null silences it again.
 *
 * There is one log a process.  Call this before the first session, so that nothing is missed;
 * TSTREAM_TRACE in the environment (see tstream/base.h) adds a trace.
 */
function logTo(log) {
	if (log === null) capi.tsb_log_off();
	else capi.tsb_log_on((level, message) => log(LEVELS.get(level) ?? "info", message));
}

module.exports = { logTo };
