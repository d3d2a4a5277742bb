"use strict";
/**
 * The raw module, and how its calls become promises.
 *
 * Calls in this module's C part never wait for the swarm.  Those that may wait for a disk, a
 * database or a name server are made with later(), which has them done in a thread of the addon's
 * own: neither the event loop nor libuv's pool is held up.
 */

const capi = require("../build/capi.node");
const { fromCode } = require("./errors.js");

capi.tsb_set_errors(fromCode);
// However the program, or this worker, ends: nothing is left open behind the interpreter's back.
process.once("exit", () => capi.tsb_end());

/** Call one of the functions that may take a while; a promise of what it gives. */
function later(call, ...args) {
	return new Promise((resolve, reject) => {
		capi.tsb_later((error, value) => (error === undefined ? resolve(value) : reject(error)));
		call(...args);
	});
}

module.exports = { capi, later };
