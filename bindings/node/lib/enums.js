"use strict";
/** The constants of the C API under the names that snapshots have; values are C's. */

const { capi } = require("./capi.js");

const Code = Object.freeze({
	EINVAL: capi.TSTREAM_EINVAL,
	ENOMEM: capi.TSTREAM_ENOMEM,
	EAGAIN: capi.TSTREAM_EAGAIN,
	ETIMEDOUT: capi.TSTREAM_ETIMEDOUT,
	ECANCELED: capi.TSTREAM_ECANCELED,
	EIO: capi.TSTREAM_EIO,
	ENOENT: capi.TSTREAM_ENOENT,
	ENOSPC: capi.TSTREAM_ENOSPC,
	EACCES: capi.TSTREAM_EACCES,
	EBUSY: capi.TSTREAM_EBUSY,
	ELIMIT: capi.TSTREAM_ELIMIT,
	ENOTSUP: capi.TSTREAM_ENOTSUP,
	ENET: capi.TSTREAM_ENET,
	EREFUSED: capi.TSTREAM_EREFUSED,
	EINTERNAL: capi.TSTREAM_EINTERNAL,
});

const EventType = Object.freeze({
	none: capi.TSTREAM_EVENT_NONE,
	metadata: capi.TSTREAM_EVENT_METADATA,
	readable: capi.TSTREAM_EVENT_READABLE,
	failed: capi.TSTREAM_EVENT_ERROR,
	recovered: capi.TSTREAM_EVENT_RECOVERED,
	complete: capi.TSTREAM_EVENT_COMPLETE,
	evicted: capi.TSTREAM_EVENT_EVICTED,
	removed: capi.TSTREAM_EVENT_REMOVED,
	warning: capi.TSTREAM_EVENT_WARNING,
	overflow: capi.TSTREAM_EVENT_OVERFLOW,
});

const State = Object.freeze({
	metadata: capi.TSTREAM_STATE_METADATA,
	checking: capi.TSTREAM_STATE_CHECKING,
	ready: capi.TSTREAM_STATE_READY,
	complete: capi.TSTREAM_STATE_COMPLETE,
	error: capi.TSTREAM_STATE_ERROR,
	removed: capi.TSTREAM_STATE_REMOVED,
});

const WaitingFor = Object.freeze({
	nothing: capi.TSTREAM_WAITING_NOTHING,
	peers: capi.TSTREAM_WAITING_PEERS,
	metadata: capi.TSTREAM_WAITING_METADATA,
	check: capi.TSTREAM_WAITING_CHECK,
	unchoke: capi.TSTREAM_WAITING_UNCHOKE,
	piece: capi.TSTREAM_WAITING_PIECE,
	source: capi.TSTREAM_WAITING_SOURCE,
	disk: capi.TSTREAM_WAITING_DISK,
});

const Piece = Object.freeze({
	missing: capi.TSTREAM_PIECE_MISSING,
	wanted: capi.TSTREAM_PIECE_WANTED,
	partial: capi.TSTREAM_PIECE_PARTIAL,
	have: capi.TSTREAM_PIECE_HAVE,
});

const PeerFlags = Object.freeze({
	seed: capi.TSTREAM_PEER_SEED,
	unchoked: capi.TSTREAM_PEER_UNCHOKED,
	interested: capi.TSTREAM_PEER_INTERESTED,
	incoming: capi.TSTREAM_PEER_INCOMING,
	utp: capi.TSTREAM_PEER_UTP,
	encrypted: capi.TSTREAM_PEER_ENCRYPTED,
	webSeed: capi.TSTREAM_PEER_WEB_SEED,
	stalled: capi.TSTREAM_PEER_STALLED,
	preferred: capi.TSTREAM_PEER_PREFERRED,
});

const MediaKind = Object.freeze({
	other: capi.TSTREAM_MEDIA_OTHER,
	video: capi.TSTREAM_MEDIA_VIDEO,
	audio: capi.TSTREAM_MEDIA_AUDIO,
	subtitle: capi.TSTREAM_MEDIA_SUBTITLE,
	image: capi.TSTREAM_MEDIA_IMAGE,
});

const SubtitleFlags = Object.freeze({
	forced: capi.TSTREAM_SUBTITLE_FORCED,
	hearing: capi.TSTREAM_SUBTITLE_HEARING,
});

const CacheState = Object.freeze({
	ok: capi.TSTREAM_CACHE_OK,
	unavailable: capi.TSTREAM_CACHE_UNAVAILABLE,
	refusing: capi.TSTREAM_CACHE_REFUSING,
});

const ProviderStatus = Object.freeze({
	waiting: capi.TSTREAM_PROVIDER_WAITING,
	ok: capi.TSTREAM_PROVIDER_OK,
	partial: capi.TSTREAM_PROVIDER_PARTIAL,
	timeout: capi.TSTREAM_PROVIDER_TIMEOUT,
	auth: capi.TSTREAM_PROVIDER_AUTH,
	throttled: capi.TSTREAM_PROVIDER_THROTTLED,
	parse: capi.TSTREAM_PROVIDER_PARSE,
	cancelled: capi.TSTREAM_PROVIDER_CANCELLED,
	breaker_open: capi.TSTREAM_PROVIDER_BREAKER_OPEN,
	network: capi.TSTREAM_PROVIDER_NETWORK,
	refused: capi.TSTREAM_PROVIDER_REFUSED,
	unsupported: capi.TSTREAM_PROVIDER_UNSUPPORTED,
});

/** The name of a value of one of these. */
function nameIn(enumeration) {
	const names = new Map(Object.entries(enumeration).map(([name, value]) => [value, name]));
	return (value) => names.get(value) ?? String(value);
}

module.exports = {
	Code, EventType, State, WaitingFor, Piece, PeerFlags, MediaKind, SubtitleFlags, CacheState,
	ProviderStatus, nameIn,
};
