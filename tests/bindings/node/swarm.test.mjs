/** The core's swarm tests through the package: magnet -> metadata -> every byte. */
import assert from "node:assert/strict";
import path from "node:path";
import test from "node:test";
import { Piece, PeerFlags, Session, TimedOutError, magnetInfohash } from "tstream";
import {
	LOCAL, PATIENCE_MS, bytesOf, collect, open, poll, scratch, served, stalled, torrentFile, world,
} from "./support.mjs";

const KIB = 1024;
const MIB = 1024 * KIB;

async function assertEveryByte(torrent, key) {
	const { files } = world.torrents[key];
	assert.equal(torrent.files.length, files.length);
	for (const file of torrent.files) {
		const expected = bytesOf(key, file.index);
		assert.equal(file.size, expected.length);
		const got = await collect(torrent.reader(file, { timeoutMs: PATIENCE_MS }));
		assert.ok(expected.equals(got), file.path);
	}
}

test("a magnet gives every byte of every file, in v1, v2 and hybrid", async (t) => {
	for (const kind of ["v1", "v2", "hybrid"]) {
		const wanted = world.torrents[`season-${kind}`];
		const torrent = await served(t, `season-${kind}`);
		assert.deepEqual([torrent.infohashV1, torrent.infohashV2], [wanted.v1, wanted.v2]);
		assert.deepEqual([torrent.pieceSize, torrent.pieceCount], [16 * KIB, wanted.pieceCount]);
		await assertEveryByte(torrent, `season-${kind}`);
		await poll(() => torrent.pieces().every((piece) => piece === Piece.have), "every piece");
	}
});

test("torrent bytes and a peer give every byte", async (t) => {
	const session = await open(t);
	const torrent = await session.openBytes(torrentFile("season-v1"));
	assert.equal(torrent.name, world.torrents["season-v1"].name);
	torrent.addPeer(world.seeder);
	await assertEveryByte(torrent, "season-v1");
});

test("random seeks give the bytes of that place", async (t) => {
	const torrent = await served(t);
	const whole = bytesOf("movie");
	const reader = torrent.reader(undefined, { timeoutMs: PATIENCE_MS });
	for (let i = 0; i < 30; i++) {
		const offset = (i * 104_729 * 7) % (whole.length + 1);
		const size = [1, 1000, 70_000][i % 3];
		assert.equal(await reader.seek(i % 2 ? BigInt(offset) : offset), offset);
		assert.equal(await reader.tell(), offset);
		const parts = [];
		let left = size;
		for (let part; left > 0 && (part = await reader.read(left)); left -= part.length)
			parts.push(part);
		assert.ok(Buffer.concat(parts).equals(whole.subarray(offset, offset + size)));
	}
});

test("start and end bound what is read and fetched", async (t) => {
	const torrent = await served(t);
	const part = await collect(torrent.stream(0, { start: MIB, end: 2 * MIB }));
	assert.ok(part.equals(bytesOf("movie").subarray(MIB, 2 * MIB)));
	const fetched = [...torrent.pieces()].flatMap((piece, index) =>
		piece === Piece.have ? [index] : []);
	assert.deepEqual(fetched, Array.from({ length: 16 }, (_, index) => 16 + index));
	for (const range of [{ start: 5, end: 5 }, { end: 0 }]) {
		assert.equal(await torrent.reader(0, range).read(), null);
		assert.equal((await collect(torrent.stream(0, range))).length, 0);
	}
});

test("corrupt pieces never come out", async (t) => {
	const session = await open(t);
	const torrent = await session.openBytes(torrentFile("corrupt"));
	torrent.addPeer(world.liar);
	const reader = torrent.reader(0, { timeoutMs: 500 });
	await assert.rejects(reader.read(1), TimedOutError);
	torrent.addPeer(world.seeder);
	await assertEveryByte(torrent, "corrupt");
});

test("eight streams read one file, each at its own place", async (t) => {
	const torrent = await served(t);
	const whole = bytesOf("movie");
	await Promise.all(Array.from({ length: 8 }, async (_, number) => {
		const start = number * 300_000;
		const part = await collect(torrent.stream(0, { start, end: start + 300_000 }));
		assert.ok(part.equals(whole.subarray(start, start + 300_000)));
	}));
});

test("a restart needs no peer", async (t) => {
	const directory = path.join(scratch(t), "data");
	const first = await Session.open(directory, LOCAL);
	const opened = await first.open(world.torrents.movie.magnet);
	await opened.metadata({ timeoutMs: PATIENCE_MS });
	await assertEveryByte(opened, "movie");
	await first.close();
	const second = await open(t, {}, directory);
	const torrent = await second.openStored(world.torrents.movie.infohash);
	await torrent.metadata({ timeoutMs: PATIENCE_MS });
	await assertEveryByte(torrent, "movie");
	assert.equal(Number(torrent.stats().downloadedBytes), 0);
});

test("events tell the story of a torrent", async (t) => {
	const session = await open(t);
	const told = [];
	session.on("event", ({ type }) => told.push(type));
	const complete = new Promise((resolve) => {
		session.once("complete", resolve);
	});
	const events = session.events();
	const torrent = await session.open(world.torrents.movie.magnet);
	const next = async (wanted) => {
		for await (const event of { [Symbol.asyncIterator]: () => ({ next: events.next }) })
			if (event.type === wanted) return event;
		return null;
	};
	assert.equal((await next("metadata")).infohash, world.torrents.movie.infohash);
	torrent.keep();
	assert.equal((await next("complete")).infohash, world.torrents.movie.infohash);
	assert.equal((await complete).type, "complete");
	assert.ok(torrent.file(0).kept);
	assert.equal(torrent.stats().state, "complete");
	await torrent.remove();
	assert.equal((await next("removed")).infohash, world.torrents.movie.infohash);
	assert.equal(torrent.stats().state, "removed");
	await session.close();
	assert.deepEqual(await events.next(), { done: true, value: undefined });
	assert.deepEqual(told.filter((type) => type !== "warning"), ["metadata", "complete", "removed"]);
});

test("events that are asked for at once come in their order, each to one", async (t) => {
	const session = await open(t);
	const events = session.events();
	const asked = [events.next(), events.next(), events.next()];
	const torrent = await session.openBytes(torrentFile("movie"));
	await torrent.remove();
	const [first, second] = await Promise.all(asked.slice(0, 2));
	assert.deepEqual([first.value.type, second.value.type], ["metadata", "removed"]);
	await events.return();
	assert.deepEqual(await asked[2], { done: true, value: undefined });
	assert.deepEqual(await events.next(), { done: true, value: undefined });
});

test("a read that waits goes on when the bytes come", async (t) => {
	const torrent = await stalled(t);
	const reader = torrent.reader(0);
	await assert.rejects(reader.readNow(), { code: "EAGAIN" });
	const read = reader.read(1000);
	await poll(() => torrent.readers()[0].waitingUs > 0, "it waits");
	torrent.addPeer(world.seeder);
	const part = await read;
	assert.ok(part.length > 0 && bytesOf("movie").subarray(0, part.length).equals(part));
});

test("everything that can be asked of a torrent is answered", async (t) => {
	const torrent = await served(t);
	const { session } = torrent;
	const { infohash } = world.torrents.movie;
	const reader = torrent.reader(undefined, { timeoutMs: PATIENCE_MS });
	await reader.read(100);
	await poll(async () => (await reader.available()) > 0, "read ahead");
	const [stats] = torrent.readers();
	assert.deepEqual([stats.readBytes, stats.offset, stats.fileIndex], [100, 100, 0]);
	assert.equal(reader.stats().tag, reader.tag);
	assert.deepEqual(session.torrents().map((known) => known.infohash), [infohash]);
	assert.equal(session.find(infohash).infohash, infohash);
	const [peer] = await poll(() => torrent.peers().length && torrent.peers(), "a peer");
	assert.ok(peer.flags & PeerFlags.seed && peer.client.includes("libtorrent"));
	assert.equal(torrent.defaultFile.index, torrent.files[0].index);
	assert.equal(torrent.fileIndex(world.torrents.movie.name), 0);
	assert.throws(() => torrent.fileIndex("nothing"), { code: "ENOENT" });
	assert.ok(session.stats().listenPort > 0);
	assert.equal(magnetInfohash(torrent.magnet), infohash);
	assert.equal((await session.openBytes(torrent.torrentFile)).infohash, infohash);
	assert.deepEqual(torrent.subtitles(), []);
});
