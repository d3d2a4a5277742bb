"use strict";
/** Readers: one file of a torrent, read as if it were on disk. */

const { Readable, addAbortSignal } = require("node:stream");
const { capi, later } = require("./capi.js");
const { InvalidError, NotFoundError, fromCode } = require("./errors.js");
const { readerKey } = require("./hub.js");
const { LibraryObject, fill } = require("./object.js");
const { filled } = require("./snapshots.js");
const { deadlineOf, within } = require("./waiting.js");

const CHUNK_BYTES = 256 * 1024;
const MAX_CHUNK_BYTES = 1024 * 1024;
const QUICK_MS = 5;
const MAX_READ_BYTES = 4 * 1024 * 1024;

class Reader extends LibraryObject {
	#hub;
	#key;
	#turn = Promise.resolve();
	#queueLength = 0;
	#isEmpty;

	/** Made by torrent.reader(). */
	constructor(torrent, fileIndex, { start = 0, end, readaheadBytes, tag, timeoutMs } = {}) {
		super();
		if (fileIndex < 0 || fileIndex > 0xffffffff)
			throw new NotFoundError(`there is no file of index ${fileIndex}`);
		this.torrent = torrent;
		this.fileIndex = fileIndex;
		this.timeoutMs = timeoutMs;
		this.#hub = torrent.session._hub;
		this.tag = tag ?? this.#hub.nextTag();
		this.#key = readerKey(this.tag);
		const options = fill(new capi.tstream_reader_options(), {
			start_offset: start, end_offset: end, readahead_bytes: readaheadBytes, tag: this.tag,
		});
		// Only now, when both are known to be numbers that can be compared.
		if (end !== undefined && end < start)
			throw new InvalidError(`there are no bytes from ${start} to ${end}`);
		// In C an end of 0 is the file's, which an empty range at the start is not.
		this.#isEmpty = end !== undefined && BigInt(end) === BigInt(start);
		this._hold(capi.tstream_reader_open(torrent._raw, fileIndex, options)[1]);
	}

	/** At most so many bytes, at least one; null at the end. */
	read(sizeBytes = CHUNK_BYTES, { signal, timeoutMs = this.timeoutMs } = {}) {
		const limits = this.#limits(signal, timeoutMs);
		return this.#inTurn(async () => {
			const buffer = Buffer.allocUnsafeSlow(Math.min(sizeBytes, MAX_READ_BYTES));
			const count = await this.#until(() => this.#attempt(buffer), limits);
			return this.#part(buffer, count);
		}, limits);
	}

	/** What is here already, null at the end; rejects with NotReadyError if nothing is. */
	readNow(sizeBytes = CHUNK_BYTES) {
		return this.#inTurn(async () => {
			const buffer = Buffer.allocUnsafeSlow(Math.min(sizeBytes, MAX_READ_BYTES));
			const count = await this.#attempt(buffer);
			if (count === undefined) throw fromCode(capi.TSTREAM_EAGAIN, "the bytes are not here yet");
			return this.#part(buffer, count);
		});
	}

	/** Resolves once a read would not wait. */
	wait({ signal, timeoutMs } = {}) {
		const limits = this.#limits(signal, timeoutMs);
		return this.#inTurn(() => this.#until(() => this.#poll(), limits), limits);
	}

	/** Move the cursor, and with it the window of pieces that are fetched; gives the offset. */
	seek(offset) {
		return this.#inTurn(() => capi.tstream_reader_seek(this._raw, offset));
	}

	/** The cursor, in bytes from the start of the file. */
	tell() {
		return this.#inTurn(() => capi.tstream_reader_tell(this._raw));
	}

	/** How many bytes from the cursor on could be read without waiting. */
	available() {
		return this.#inTurn(() => capi.tstream_reader_get_available(this._raw));
	}

	/** The file's size in bytes. */
	get size() {
		return capi.tstream_reader_get_size(this._raw);
	}

	/** From now on reading rejects with CanceledError, also what waits now. */
	cancel() {
		capi.tstream_reader_cancel(this._raw);
		this.#hub.wake(this.#key);
	}

	stats() {
		return filled(capi.tstream_reader_stats,
			(raw) => capi.tstream_reader_get_stats(this._raw, raw));
	}

	/** From the cursor on, as a stream that closes this reader when it ends or is destroyed. */
	stream({ highWaterMark = 4 * CHUNK_BYTES, signal } = {}) {
		return new ReaderStream(this, { highWaterMark, signal });
	}

	/** The same as a Web stream of Uint8Arrays. */
	webStream({ signal } = {}) {
		const stop = new AbortController();
		const chunk = new ChunkSize();
		let abort = null;
		const end = () => {
			signal?.removeEventListener("abort", abort);
			return this.close();
		};
		return new ReadableStream({
			start: (controller) => {
				abort = () => {
					stop.abort(signal.reason);
					controller.error(signal.reason);
					return end();
				};
				if (signal?.aborted) return abort();
				signal?.addEventListener("abort", abort, { once: true });
				return undefined;
			},
			pull: async (controller) => {
				try {
					const part = await this.read(chunk.next(), { signal: stop.signal });
					chunk.given(part);
					if (stop.signal.aborted) return;
					if (part) {
						controller.enqueue(new Uint8Array(part.buffer, part.byteOffset, part.length));
					} else {
						controller.close();
						await end();
					}
				} catch (error) {
					await end();
					throw error;
				}
			},
			cancel: (reason) => {
				stop.abort(reason);
				return end();
			},
		}, { highWaterMark: 2 });
	}

	/** Parts of at most 256 KiB, to the end. */
	async *[Symbol.asyncIterator]() {
		for (let part; (part = await this.read()) !== null; ) yield part;
	}

	get _isQuick() {
		return true;
	}

	_beforeDestroy() {
		this.#hub.wake(this.#key);
		return this.#turn;
	}

	/** Of one call, from now on: waiting for its turn is part of it. */
	#limits(signal, timeoutMs) {
		const what = `no bytes within ${timeoutMs} ms`;
		return { signal, deadline: deadlineOf(timeoutMs), what };
	}

	/** The library lets one thread at a time use a reader. */
	#inTurn(action, limits = {}) {
		const turn = this.#queueLength++ > 0 ? within(this.#turn, limits) : this.#turn;
		const result = turn.then(() => {
			limits.signal?.throwIfAborted();
			return action();
		});
		this.#turn = Promise.allSettled([this.#turn, result]).then(() => {
			this.#queueLength--;
		});
		return result;
	}

	/** The count, 0 at the end, undefined for not yet. */
	async #attempt(buffer) {
		if (this.#isEmpty) return 0;
		const count = await later(capi.tstream_reader_read, this._raw, buffer);
		if (count >= 0) return count;
		if (count === capi.TSTREAM_EAGAIN) return undefined;
		throw fromCode(count, capi.tstream_strerror(count));
	}

	#part(buffer, count) {
		return count === 0 && buffer.length > 0 ? null : buffer.subarray(0, count);
	}

	#poll() {
		try {
			return capi.tstream_reader_wait(this._raw, 0);
		} catch (error) {
			if (error.code === "ETIMEDOUT") return undefined;
			throw error;
		}
	}

	/** Attempt, and again whenever it is worthwhile. */
	async #until(attempt, limits) {
		let result = await attempt();
		while (result === undefined) {
			const readable = this.#hub.expect(this.#key);
			try {
				// Once more: it may have turned readable before it was expected to.
				result = await attempt();
				if (result === undefined) await within(readable.promise, limits);
			} finally {
				readable.end();
			}
		}
		return result;
	}
}

/**
 * How much a stream reads at once.  Each read changes threads twice and is a new buffer: more for
 * who takes what is here as fast as it comes, little for a viewer, or while bytes are awaited.
 */
class ChunkSize {
	#bytes = CHUNK_BYTES;
	#givenAt = -Infinity;
	#wasFull = false;

	/** For the next read, which is asked for now, by a stream that wants so much more. */
	next(wantedBytes = MAX_CHUNK_BYTES) {
		const isQuick = this.#wasFull && performance.now() - this.#givenAt < QUICK_MS;
		const most = Math.max(CHUNK_BYTES, Math.min(wantedBytes, MAX_CHUNK_BYTES));
		this.#bytes = isQuick ? Math.min(this.#bytes * 2, most) : CHUNK_BYTES;
		return this.#bytes;
	}

	given(part) {
		this.#wasFull = part?.length === this.#bytes;
		this.#givenAt = performance.now();
	}
}

class ReaderStream extends Readable {
	#reader;
	#chunk = new ChunkSize();
	#stop = new AbortController();

	constructor(reader, { highWaterMark, signal }) {
		super({ highWaterMark });
		this.#reader = reader;
		// Not by super(): one that is aborted already destroys at once.
		if (signal) addAbortSignal(signal, this);
	}

	_read() {
		const size = this.#chunk.next(this.readableHighWaterMark - this.readableLength);
		this.#reader.read(size, { signal: this.#stop.signal }).then((part) => {
			this.#chunk.given(part);
			this.push(part);
		}, (error) => this.destroy(error));
	}

	_destroy(error, done) {
		this.#stop.abort();
		this.#reader.close().then(() => done(error), done);
	}
}

module.exports = { Reader };
