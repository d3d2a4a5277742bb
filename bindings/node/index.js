"use strict";

const { fromCode, ...errors } = require("./lib/errors.js");
const { nameIn, ...enums } = require("./lib/enums.js");
const { Throttled } = require("./lib/provider.js");
const { History } = require("./lib/history.js");

module.exports = {
	...errors,
	...enums,
	...require("./lib/session.js"),
	...require("./lib/torrent.js"),
	...require("./lib/reader.js"),
	...require("./lib/search.js"),
	Throttled,
	...require("./lib/cache.js"),
	...require("./lib/catalog.js"),
	History,
	...require("./lib/accounts.js"),
	...require("./lib/media.js"),
	...require("./lib/log.js"),
	...require("./lib/version.js"),
};
