"use strict";
/** Which library this is. */

const { capi } = require("./capi.js");

/** Of the headers that this package was built with. */
const version = capi.TSTREAM_VERSION_STRING;

/** Of the library that is loaded. */
function libraryVersion() {
	return capi.tstream_version();
}

/** Of the library that is loaded: major << 16 | minor << 8 | patch. */
function libraryVersionNumber() {
	return capi.tstream_version_number();
}

/** The engine's name and version, as `libtorrent 2.0.8.0`. */
function engineVersion() {
	return capi.tstream_engine_version();
}

module.exports = { version, libraryVersion, libraryVersionNumber, engineVersion };
