/** Streams: Node's and the Web's, back-pressure, AbortSignal, numbers beyond 2^53. */
import assert from "node:assert/strict";
import { getEventListeners, once } from "node:events";
import { createRequire } from "node:module";
import net from "node:net";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import test from "node:test";
import * as tstream from "tstream";
import {
	bytesOf, collect, poll, served, stalled, torrentFile, untilItWaits, world,
} from "./support.mjs";

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
	await collect(torrent.stream()); // all of it is here: reads are as large as they get
	const stream = torrent.stream(0, { highWaterMark: MIB });
	stream.read(0);
	await poll(() => stream.readableLength >= MIB, "its buffer is full");
	await new Promise(setImmediate);
	assert.ok(torrent.readers()[0].readBytes <= 1.25 * MIB);
	assert.ok((await collect(stream)).equals(bytesOf("movie")));
});

test("a stream is read in larger parts by who takes them as fast as they come", async (t) => {
	const torrent = await served(t);
	await collect(torrent.stream());
	const sizes = [];
	for await (const part of torrent.webStream()) sizes.push(part.length);
	assert.ok(sizes[0] <= MIB / 4 && Math.max(...sizes) > MIB / 4, sizes);
	assert.ok(Math.max(...sizes) <= MIB, sizes);
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

test("an AbortSignal ends a Web stream whose buffer is full, and lets go of its reader", async (t) => {
	const torrent = await served(t);
	const stop = new AbortController();
	const stream = torrent.webStream(0, { signal: stop.signal });
	await poll(() => torrent.readers()[0].readBytes > 0, "it reads ahead");
	stop.abort(new Error("enough"));
	await poll(() => torrent.readers().length === 0, "its reader is closed");
	await assert.rejects(stream.getReader().read(), { message: "enough" });
});

test("a stream whose AbortSignal was aborted before opens no reader for long", async (t) => {
	const torrent = await stalled(t);
	const signal = AbortSignal.abort(new Error("enough"));
	await assert.rejects(torrent.webStream(0, { signal }).getReader().read(), { message: "enough" });
	await assert.rejects(collect(torrent.stream(0, { signal })), { name: "AbortError" });
	await poll(() => torrent.readers().length === 0, "the readers are closed");
});

test("a signal that outlives what it was for is not held on to", async (t) => {
	const torrent = await served(t);
	const { signal } = new AbortController();
	const end = MIB / 4;
	await collect(torrent.webStream(0, { signal, end }));
	await collect(torrent.stream(0, { signal, end }));
	await torrent.webStream(0, { signal }).cancel();
	await torrent.reader().read(1, { signal });
	await torrent.session.events({ signal }).return();
	const search = new tstream.Search();
	search.addProvider("mine", { search: () => [] });
	await collect(search.query("x", { signal }));
	await search.query("y", { signal }).close();
	await search.close();
	await poll(() => getEventListeners(signal, "abort").length === 0, "nobody listens");
});

test("a read that waits for its turn hears its AbortSignal and its time limit", async (t) => {
	const torrent = await stalled(t);
	const reader = torrent.reader();
	const first = reader.read(1);
	await untilItWaits(torrent);
	const stop = new AbortController();
	const second = reader.read(1, { signal: stop.signal });
	const third = reader.read(1, { timeoutMs: 10 });
	stop.abort(new Error("enough"));
	await assert.rejects(second, { message: "enough" });
	await assert.rejects(third, tstream.TimedOutError);
	torrent.addPeer(world.seeder);
	assert.equal((await first).length, 1);
	assert.ok((await reader.read(5)).equals(bytesOf("movie").subarray(1, 6)));
});

test("bytes that are given may be changed at once", async (t) => {
	const { session } = await stalled(t);
	// Nobody answers these, so that what comes next must wait for a thread.
	const silent = net.createServer().listen(0, "127.0.0.1");
	await once(silent, "listening");
	const url = `http://127.0.0.1:${silent.address().port}/`;
	const asked = Promise.allSettled(Array.from({ length: 8 }, () =>
		session.openUrl(url, { allowPrivate: true, timeoutMs: 500 })));
	const given = torrentFile("season-v1");
	const opening = session.openBytes(given);
	given.fill(0);
	assert.equal((await opening).infohash, world.torrents["season-v1"].infohash);
	await asked;
	silent.close();
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
	for (const offset of [2 ** 53, 1.5, -1, NaN, 2n ** 64n, -1n, "1", null, {}])
		for (const range of [{ start: offset }, { end: offset }, { start: offset, end: offset }])
			assert.throws(() => torrent.reader(0, range), { code: "EINVAL" }, String(offset));
	assert.throws(() => torrent.reader(0, { start: 2, end: 1n }), { code: "EINVAL" });
	assert.throws(() => torrent.reader(0, { readaheadBytes: 2 ** 60 }), { code: "EINVAL" });
	assert.equal(torrent.reader(0, { readaheadBytes: 2n ** 60n }).closed, false);
});

test("an import and a require give the same classes", () => {
	const required = createRequire(import.meta.url)("tstream");
	assert.equal(required.Session, tstream.Session);
	assert.deepEqual(Object.keys(required).sort(),
		Object.keys(tstream).filter((name) => name !== "default" && name !== "module.exports").sort());
});
