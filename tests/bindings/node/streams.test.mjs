/** Streams: Node's and the Web's, back-pressure, AbortSignal, numbers beyond 2^53. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import test from "node:test";
import * as tstream from "tstream";
import { bytesOf, collect, poll, served, stalled, untilItWaits } from "./support.mjs";

const MIB = 1024 * 1024;

test("a stream is a stream.Readable that pipes every byte", async (t) => {
	const torrent = await served(t);
	const stream = torrent.stream();
	assert.ok(stream instanceof Readable);
	const parts = [];
	await pipeline(stream, new Writable({
		write(part, _, done) {
			parts.push(part);
			setImmediate(done);
		},
	}));
	assert.ok(Buffer.concat(parts).equals(bytesOf("movie")));
	await poll(() => torrent.readers().length === 0, "its reader is closed");
});

test("a stream that nobody reads from reads no further than its mark", async (t) => {
	const torrent = await served(t);
	const stream = torrent.stream(0, { highWaterMark: MIB });
	stream.read(0);
	await poll(() => stream.readableLength >= MIB, "its buffer is full");
	await new Promise(setImmediate);
	assert.ok(torrent.readers()[0].readBytes <= 1.5 * MIB);
	assert.ok((await collect(stream)).equals(bytesOf("movie")));
});

test("a Web stream gives every byte of its range", async (t) => {
	const torrent = await served(t);
	const stream = torrent.webStream(0, { start: 10, end: 2 * MIB });
	assert.ok(stream instanceof ReadableStream);
	const body = Buffer.from(await new Response(stream).arrayBuffer());
	assert.ok(body.equals(bytesOf("movie").subarray(10, 2 * MIB)));
});

test("a Web stream that is cancelled lets go of its reader", async (t) => {
	const torrent = await stalled(t);
	const reader = torrent.webStream().getReader();
	const read = reader.read();
	await untilItWaits(torrent);
	await reader.cancel("enough");
	assert.deepEqual(await read, { done: true, value: undefined });
	assert.equal(torrent.readers().length, 0);
});

test("an AbortSignal ends a stream that waits", async (t) => {
	const torrent = await stalled(t);
	const stop = new AbortController();
	const read = collect(torrent.stream(0, { signal: stop.signal }));
	await untilItWaits(torrent);
	stop.abort();
	await assert.rejects(read, { name: "AbortError" });
	await poll(() => torrent.readers().length === 0, "its reader is closed");
});

test("an AbortSignal ends a Web stream that waits", async (t) => {
	const torrent = await stalled(t);
	const stop = new AbortController();
	const read = torrent.webStream(0, { signal: stop.signal }).getReader().read();
	await untilItWaits(torrent);
	stop.abort(new Error("enough"));
	await assert.rejects(read, { message: "enough" });
});

test("an AbortSignal ends one read and leaves the reader as it was", async (t) => {
	const torrent = await stalled(t);
	const reader = torrent.reader();
	const stop = new AbortController();
	const read = reader.read(1, { signal: stop.signal });
	await untilItWaits(torrent);
	stop.abort(new Error("enough"));
	await assert.rejects(read, { message: "enough" });
	await assert.rejects(reader.read(1, { signal: AbortSignal.abort() }), { name: "AbortError" });
	await assert.rejects(reader.read(1, { timeoutMs: 10 }), tstream.TimedOutError);
	assert.equal(await reader.tell(), 0);
});

test("an AbortSignal ends a wait for metadata and for events", async (t) => {
	const { session } = await stalled(t);
	const torrent = await session.open("0".repeat(39) + "1");
	const stop = new AbortController();
	const metadata = torrent.metadata({ signal: stop.signal });
	const event = session.events({ signal: stop.signal }).next();
	stop.abort(new Error("enough"));
	await assert.rejects(metadata, { message: "enough" });
	await assert.rejects(event, { message: "enough" });
	await assert.rejects(torrent.metadata({ timeoutMs: 10 }), tstream.TimedOutError);
});

test("reads of one reader that are asked for at once come in turn", async (t) => {
	const torrent = await served(t);
	const reader = torrent.reader();
	const parts = await Promise.all(Array.from({ length: 20 }, () => reader.read(1000)));
	const together = Buffer.concat(parts);
	assert.ok(together.equals(bytesOf("movie").subarray(0, together.length)));
});

test("offsets and tags beyond 2^53 are neither rounded nor truncated", async (t) => {
	const torrent = await stalled(t);
	const tag = 2n ** 63n + 1n;
	const reader = torrent.reader(0, { tag: tag - 2n ** 62n });
	assert.equal(reader.stats().tag, tag - 2n ** 62n);
	assert.equal(torrent.reader(0, { tag: 2 ** 53 - 1 }).stats().tag, 2 ** 53 - 1);
	for (const offset of [2 ** 53, 1.5, -1, NaN, 2n ** 64n, -1n, 2n ** 62n, "1", null])
		await assert.rejects(reader.seek(offset), { code: "EINVAL" }, String(offset));
	assert.throws(() => torrent.reader(0, { readaheadBytes: 2 ** 60 }), { code: "EINVAL" });
	assert.equal(torrent.reader(0, { readaheadBytes: 2n ** 60n }).closed, false);
});

test("an import and a require give the same classes", () => {
	const required = createRequire(import.meta.url)("tstream");
	assert.equal(required.Session, tstream.Session);
	assert.deepEqual(Object.keys(required).sort(),
		Object.keys(tstream).filter((name) => name !== "default" && name !== "module.exports").sort());
});
