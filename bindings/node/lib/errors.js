"use strict";
/** One class for each of the library's error codes; `code` is a string, as in Node's own errors. */

class TstreamError extends Error {
	constructor(message, code = "EINTERNAL") {
		super(message);
		this.code = code;
	}

	get name() {
		return this.constructor.name;
	}
}

function kind(code) {
	return class extends TstreamError {
		constructor(message) {
			super(message, code);
		}
	};
}

class InvalidError extends kind("EINVAL") {}
class ClosedError extends InvalidError {}
class OutOfMemoryError extends kind("ENOMEM") {}
class NotReadyError extends kind("EAGAIN") {}
class TimedOutError extends kind("ETIMEDOUT") {}
class CanceledError extends kind("ECANCELED") {}
class DiskError extends kind("EIO") {}
class NotFoundError extends kind("ENOENT") {}
class DiskFullError extends kind("ENOSPC") {}
class AccessError extends kind("EACCES") {}
class BusyError extends kind("EBUSY") {}
class LimitError extends kind("ELIMIT") {}
class NotSupportedError extends kind("ENOTSUP") {}
class NetworkError extends kind("ENET") {}
class RefusedError extends kind("EREFUSED") {}
class InternalError extends kind("EINTERNAL") {}

/** In the order of the codes, from -1 downwards; a test compares them with tstream/base.h. */
const BY_CODE = [
	InvalidError, OutOfMemoryError, NotReadyError, TimedOutError, CanceledError, DiskError,
	NotFoundError, DiskFullError, AccessError, BusyError, LimitError, NotSupportedError,
	NetworkError, RefusedError, InternalError,
];

/** The error for one of the library's codes, or for 1: closed.  The C part throws through this. */
function fromCode(code, message) {
	if (code === 1) return new ClosedError(message);
	const Kind = BY_CODE[-code - 1] ?? InternalError;
	return new Kind(message);
}

module.exports = {
	TstreamError, ClosedError, InvalidError, OutOfMemoryError, NotReadyError, TimedOutError,
	CanceledError, DiskError, NotFoundError, DiskFullError, AccessError, BusyError, LimitError,
	NotSupportedError, NetworkError, RefusedError, InternalError, fromCode,
};
