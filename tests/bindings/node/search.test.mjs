/** Searches, providers in JavaScript, and the stores. */
import assert from "node:assert/strict";
import path from "node:path";
import test from "node:test";
import * as tstream from "tstream";
import { PATIENCE_MS, afterwards, poll, scratch, served, torrentFile, world } from "./support.mjs";

const HASH = "a".repeat(40);

function searchWith(t, provider, options) {
	const search = new tstream.Search();
	afterwards(t, () => search.close());
	search.addProvider("mine", provider, options);
	return search;
}

async function collect(results) {
	const found = [];
	for await (const result of results) found.push(result);
	return found;
}

test("a query gives results as they come, and resolves what has no magnet", async (t) => {
	const search = searchWith(t, {
		kind: "mine",
		async *search({ text, limit }) {
			assert.ok(limit > 0);
			yield { title: `${text} 1`, infohash: HASH, seeders: 4, size: 2n ** 60n };
			await new Promise(setImmediate);
			yield { title: `${text} 2`, reference: "two" };
		},
		resolve: async ({ reference }) => torrentFile("movie").subarray(0, reference.length ? undefined : 0),
	});
	const [one, two] = await collect(search.query("sintel"));
	assert.deepEqual([one.title, one.seeders, one.infohashV1], ["sintel 1", 4, HASH]);
	assert.equal(one.size, 2n ** 60n);
	assert.match(await search.resolve(one.id), /^magnet:/);
	assert.equal(two.magnet, null);
	assert.ok((await search.resolve(two.id)).equals(torrentFile("movie")));
	await assert.rejects(search.resolve("unknown"), tstream.NotFoundError);
});

test("a provider may give a list, and what it throws says how it fared", async (t) => {
	const outcomes = [
		[() => [{ title: "a", infohash: HASH }], "ok"],
		[() => { throw new tstream.Throttled(5000); }, "throttled"],
		[async () => { throw new tstream.AccessError("key"); }, "auth"],
		[async () => { throw new tstream.NetworkError("down"); }, "network"],
		[() => JSON.parse("{"), "parse"],
		[() => AbortSignal.abort(new DOMException("late", "TimeoutError")).throwIfAborted(), "timeout"],
		[() => 7, "parse"],
	];
	for (const [run, status] of outcomes) {
		const search = searchWith(t, { search: run });
		const query = await search.query("x").waitDone({ timeoutMs: PATIENCE_MS });
		assert.equal(query.providers()[0].status, status);
		assert.equal(query.stats().isDone, true);
		assert.equal(query.results().total, status === "ok" ? 1 : 0);
	}
});

test("whatever a provider throws or gives, it is told and nothing else fails", async (t) => {
	const throwing = (value) => () => { throw value; };
	const trap = new Proxy({}, { getPrototypeOf() { throw new Error("trap"); } });
	const outcomes = [
		[throwing(Object.create(null)), "network"], [throwing(Symbol("s")), "network"],
		[throwing(undefined), "network"], [throwing(trap), "network"], [throwing("a\0b"), "network"],
		[throwing({ get message() { throw new Error("trap"); } }), "network"],
		[throwing(new tstream.Throttled("soon", null)), "throttled"],
		[throwing(new tstream.Throttled(NaN)), "throttled"],
		[throwing(new tstream.Throttled(Infinity)), "throttled"],
		[() => null, "parse"], [() => [null], "parse"], [() => [{}], "parse"],
		[() => [{ title: 7, infohash: HASH }], "parse"],
		[() => [{ title: "a", infohash: HASH, size: 1.5 }], "parse"],
		[() => [{ get title() { throw new tstream.NetworkError("trap"); } }], "network"],
		[() => ({ async *[Symbol.asyncIterator]() { throw new SyntaxError("late"); } }), "parse"],
	];
	for (const [run, status] of outcomes) {
		const search = searchWith(t, { search: run });
		const query = await search.query("x").waitDone({ timeoutMs: PATIENCE_MS });
		assert.equal(query.providers()[0].status, status, String(run));
	}
	for (const answer of [undefined, null, 7, {}, "no magnet", throwing(Symbol("s"))]) {
		const search = searchWith(t, {
			search: () => [{ title: "a", reference: "r" }],
			resolve: typeof answer === "function" ? answer : () => answer,
		});
		const [found] = await collect(search.query("x"));
		await assert.rejects(search.resolve(found.id, { timeoutMs: PATIENCE_MS }), tstream.TstreamError);
	}
});

test("a provider that never answers holds up neither close nor the end", async (t) => {
	let asked = null;
	const search = searchWith(t, { search: (request) => new Promise(() => { asked = request; }) });
	const iterating = collect(search.query("x"));
	await poll(() => asked, "it is asked");
	assert.ok(asked.remainingMs > 0 && !asked.cancelled);
	await search.close();
	assert.deepEqual(await iterating, []);
	assert.ok(asked.cancelled);
});

test("an AbortSignal ends a query", async (t) => {
	const search = searchWith(t, { search: () => new Promise(() => {}) });
	const stop = new AbortController();
	const iterating = collect(search.query("x", { signal: stop.signal }));
	stop.abort(new Error("enough"));
	await assert.rejects(iterating, { message: "enough" });
});

test("a catalogue is searched by words and takes torrents", async (t) => {
	const torrent = await served(t);
	const catalog = await tstream.Catalog.open(":memory:", { empty: true });
	assert.equal(await catalog.count(), 0);
	await catalog.addTorrent(torrent);
	await catalog.add({ title: "A quiet film", magnet: HASH, size: 7, publishedS: 100 });
	assert.equal(await catalog.importList(`Another film\tmagnet:?xt=urn:btih:${"b".repeat(40)}\n`), 1);
	assert.equal(await catalog.count(), 3);
	const search = new tstream.Search({ cache: await tstream.Cache.open() });
	search.addCatalog("here", catalog);
	const [found] = await collect(search.query("quiet"));
	assert.deepEqual([found.title, found.size, found.publishedS], ["A quiet film", 7, 100]);
	assert.deepEqual(search.providers().map(({ name }) => name), ["here"]);
	search.removeProvider("here");
	assert.throws(() => search.removeProvider("here"), tstream.NotFoundError);
	search.addTorznab("torznab", "http://127.0.0.1:9/", "key");
	search.addFeed("feed", "http://127.0.0.1:9/feed");
	search.addArchive();
	assert.throws(() => search.addArchive(), tstream.BusyError);
	await search.close();
	await catalog.remove(HASH);
	await catalog.close();
});

test("a history remembers, pages and forgets", async (t) => {
	const history = await tstream.History.open(`sqlite:${path.join(scratch(t), "h.db")}`);
	await history.ping();
	const ids = [];
	for (let i = 0; i < 5; i++)
		ids.push(await history.record("me", `magnet:?xt=urn:btih:${String(i + 1).repeat(40)}&dn=f${i}`,
			{ positionUs: 1000 * i, watchedAtUs: 1_700_000_000_000_000 + i }));
	const found = await collect(history.entries("me"));
	assert.deepEqual(found.map(({ title }) => title), ["f4", "f3", "f2", "f1", "f0"]);
	const page = await history.page("me", { limit: 2, latest: true });
	assert.equal(page.entries.length, 2);
	assert.ok(page.cursor);
	assert.equal((await history.find("me", ids[0])).title, "f0");
	await history.setPosition("me", ids[0], 77, 99);
	await history.setFilePosition("me", "2".repeat(40), 0, 88);
	assert.deepEqual(await history.filePosition("me", "1".repeat(40), 0), { positionUs: 77, durationUs: 99 });
	assert.equal(await history.filePosition("me", "f".repeat(40), 0), null);
	assert.equal(JSON.parse(await history.exportJson("me")).history.length, 5);
	assert.equal((await history.popular({ limit: 3 })).length, 3);
	await history.remove("me", ids[1]);
	await assert.rejects(history.remove("me", ids[1]), tstream.NotFoundError);
	await history.claim("me", "you");
	assert.equal((await history.page("you")).entries.length, 4);
	assert.equal(await history.prune(Date.now() * 1000), true);
	await history.clear("you");
	await history.close();
	await assert.rejects(history.ping(), tstream.ClosedError);
});

test("accounts have passwords, logins and ends", async (t) => {
	const accounts = await tstream.Accounts.open(`sqlite:${path.join(scratch(t), "a.db")}`,
		{ hashMemoryKib: 64, hashPasses: 1 });
	const { id } = await accounts.create("Somebody", "correct horse");
	assert.equal(await accounts.count(), 1);
	assert.equal((await accounts.verify("somebody", "correct horse")).id, id);
	await assert.rejects(accounts.verify("somebody", "wrong password"), tstream.AccessError);
	const { token, account } = await accounts.login(id, { label: "tests" });
	assert.equal((await accounts.findToken(token)).id, account.id);
	const [entry] = await accounts.logins(id);
	assert.equal(entry.label, "tests");
	await accounts.changePassword(id, "correct horse", "another horse", { keepTokenId: entry.tokenId });
	await accounts.revoke(id, entry.tokenId);
	await assert.rejects(accounts.findToken(token), tstream.AccessError);
	await accounts.resetPassword("somebody", "a third horse");
	await accounts.revokeAll(id);
	await accounts.delete(id);
	assert.equal(await accounts.count(), 0);
	await accounts.close();
});

test("a cache keeps values for as long as it is told to", async () => {
	const cache = await tstream.Cache.open("memory:", { maxBytes: 1_000_000 });
	await cache.put("key", Buffer.from([1, 0, 2]), { ttlMs: 60_000 });
	assert.deepEqual([...(await cache.get("key"))], [1, 0, 2]);
	await cache.remove("key");
	assert.equal(await cache.get("key"), null);
	assert.deepEqual([cache.stats().state, cache.stats().missCount], ["ok", 1]);
	await cache.close();
});

test("names tell kinds, and subtitles become WebVTT", async () => {
	assert.deepEqual(tstream.describeSubtitle("Film.mkv", "Film.en.forced.srt"),
		{ language: "en", label: "English (forced)", flags: tstream.SubtitleFlags.forced });
	const text = await tstream.subtitleToWebvtt(
		Buffer.from("1\n00:00:01,000 --> 00:00:02,000\nOl\xe9\n", "latin1"), { charset: "windows-1252", delayMs: 500 });
	assert.match(text, /00:00:01.500 --> 00:00:02.500\nOlé/);
	await assert.rejects(tstream.subtitleToWebvtt(Buffer.from("nothing")), tstream.InvalidError);
	assert.ok(tstream.isSubtitleCharset("latin1") && !tstream.isSubtitleCharset("klingon"));
	assert.ok(tstream.isSubtitleConvertible("a.srt") && !tstream.isSubtitleConvertible("a.mkv"));
	assert.equal(tstream.libraryVersion(), tstream.version);
	assert.ok(tstream.libraryVersionNumber() > 0 && tstream.engineVersion().startsWith("libtorrent"));
});

test("every error code has a class of its own", () => {
	const kinds = Object.values(tstream).filter((value) => value?.prototype instanceof tstream.TstreamError);
	const codes = new Set(kinds.map((Kind) => new Kind("x").code));
	assert.deepEqual([...codes].sort(), Object.keys(tstream.Code).sort());
	assert.throws(() => tstream.magnetInfohash("x"), (error) => error instanceof tstream.InvalidError
		&& error.name === "InvalidError" && error.code === "EINVAL" && error.message.length > 10);
	assert.throws(() => tstream.magnetInfohash("a\0b"), tstream.InvalidError);
	assert.throws(() => tstream.magnetInfohash(7), tstream.InvalidError);
	assert.ok(world);
});
