"use strict";
/**
 * Structs of the library as frozen objects: the fields of include/tstream/ in camel case, with
 * their units (bytes, microseconds: Us, bytes per second: PerS).
 */

const { capi } = require("./capi.js");
const enums = require("./enums.js");

const code = (value) => (value === 0 ? "" : enums.nameIn(enums.Code)(value));
const event = enums.nameIn(enums.EventType);
const state = enums.nameIn(enums.State);
const waitingFor = enums.nameIn(enums.WaitingFor);
const mediaKind = enums.nameIn(enums.MediaKind);
const cacheState = enums.nameIn(enums.CacheState);
const flag = Boolean;

/** Fields that are more than a number or a text. */
const MEANINGS = new Map([
	[capi.tstream_event, { type: event, code }],
	[capi.tstream_torrent_stats, { state, code, waiting_for: waitingFor }],
	[capi.tstream_file, { media_kind: mediaKind, kept: flag }],
	[capi.tstream_cache_stats, { state: cacheState }],
	[capi.tstream_query_stats, { is_done: flag, is_complete: flag, is_cached: flag }],
	[capi.tstream_provider_state,
		{ status: (value) => capi.tstream_provider_status_name(value), is_breaker_open: flag }],
]);

const same = (value) => value;
const known = new Map();

function camelCase(name) {
	return name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());
}

/** [field of C, name here, meaning] of each field. */
function fieldsOf(Raw) {
	let fields = known.get(Raw);
	if (!fields) {
		const meanings = MEANINGS.get(Raw) ?? {};
		fields = Object.entries(Object.getOwnPropertyDescriptors(Raw.prototype))
			.filter(([, property]) => property.get)
			.map(([name]) => [name, camelCase(name), meanings[name] ?? same]);
		known.set(Raw, fields);
	}
	return fields;
}

/** Copy a struct, whose strings may be lent. */
function take(raw) {
	const copy = {};
	for (const [field, name, meaning] of fieldsOf(raw.constructor)) copy[name] = meaning(raw[field]);
	return Object.freeze(copy);
}

/** Fill a struct of the class by a call of the library, and copy it. */
function filled(Raw, fill) {
	const raw = new Raw();
	fill(raw);
	return take(raw);
}

/** A list of which the library says how long it is. */
function listed(get) {
	let capacity = 64;
	for (;;) {
		const [count, found] = get(capacity);
		if (count <= capacity) return found;
		capacity = count + 16;
	}
}

module.exports = { take, filled, listed };
