"use strict";

module.exports = {
	...require("./lib/session.js"),
	...require("./lib/torrent.js"),
	...require("./lib/reader.js"),
};
