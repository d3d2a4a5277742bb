/**
 * behaviours.mjs TABLE WORLD SCRATCH - run tests/bindings/behaviours.json through the package.
 *
 * Prints "ok NAME" or "not ok NAME: WHY" for each; the status is 1 if one was not ok.
 */
import fs from "node:fs";
import path from "node:path";
import * as tstream from "tstream";

const PATIENCE_MS = 20_000;
const NOT_ARGUMENTS = new Set(["do", "on", "as", "is", "fails", "at_least", "bytes"]);

const camelCase = (name) => name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());
const enumerations = {
	state: tstream.State, waiting_for: tstream.WaitingFor, media_kind: tstream.MediaKind,
};

/** A field of a snapshot as C has it. */
function field(snapshot, name) {
	const value = snapshot[camelCase(name)];
	if (typeof value === "boolean") return Number(value);
	return name in enumerations ? enumerations[name][value] : value;
}

function orThrow(value, Kind) {
	if (value === null) throw new Kind("none");
	return value;
}

async function all(reader) {
	const parts = [];
	for await (const part of reader) parts.push(part);
	return Buffer.concat(parts);
}

/** The events of each session from its beginning, as C queues them. */
const events = new WeakMap();

const calls = {
	media_kind: ({ path }) => tstream.MediaKind[tstream.mediaKind(path)],
	media_type: ({ path }) => tstream.mediaType(path),
	is_playable: ({ path }) => Number(tstream.isPlayable(path)),
	magnet_infohash: ({ magnet }) => tstream.magnetInfohash(magnet),
	version: () => tstream.libraryVersion(),

	open_session: async ({ data_dir, max_readers, max_torrents }, scene) => {
		const session = await tstream.Session.open(path.join(scene.scratch, data_dir), {
			listen: "127.0.0.1:0", dht: false, lsd: false, portMapping: false,
			maxReaders: max_readers, maxTorrents: max_torrents,
		});
		events.set(session, session.events({ signal: AbortSignal.timeout(PATIENCE_MS * 4) }));
		return session;
	},
	torrent_count: ({ on }) => on.torrents().length,
	session_stat: ({ on, field: name }) => field(on.stats(), name),
	wait_event: async ({ on, type, tag }) => {
		for (;;) {
			const { value: event } = await events.get(on).next();
			const isTagged = tag === undefined || event.tag === tag;
			if (tstream.EventType[event.type] === type && isTagged) return event.infohash;
		}
	},
	open_magnet: ({ on, magnet }) => on.open(magnet),
	open_text: ({ on, text }) => on.openBytes(Buffer.from(text)),
	open_bytes: ({ on, torrent }, scene) =>
		on.openBytes(fs.readFileSync(scene.world.torrents[torrent].torrent)),
	open_url: ({ on, url }) => on.openUrl(url, { timeoutMs: PATIENCE_MS }),
	open_stored: ({ on, infohash }) => on.openStored(infohash),
	find: ({ on, infohash }) => on.find(infohash),

	wait_metadata: ({ on, timeout_ms }) => on.metadata({ timeoutMs: timeout_ms }),
	torrent_get: ({ on, field: name }) => {
		const special = {
			file_count: () => on.files.length,
			default_file: () => on.defaultFile.index,
			magnet_infohash: () => tstream.magnetInfohash(on.magnet),
			torrent_file_size: () => on.torrentFile.length,
		};
		return (special[name] ?? (() => on[camelCase(name)]))();
	},
	file_get: ({ on, file, field: name }) => field(on.file(file), name),
	torrent_stat: ({ on, field: name }) => field(on.stats(), name),
	keep_file: ({ on, file, keep }) => on.keep(file, Boolean(keep)),
	have_pieces: ({ on }) => on.pieces().filter((piece) => piece === tstream.Piece.have).length,
	peer_count: ({ on }) => on.peers().length,
	add_peer: ({ on, address }) => on.addPeer(address),
	remove: ({ on }) => on.remove(),

	open_reader: ({ on, file, start, end, tag }) =>
		on.reader(file, { start, end, tag, timeoutMs: PATIENCE_MS }),
	read: ({ on }) => all(on),
	read_now: async ({ on, size }) => (await on.readNow(size))?.length ?? 0,
	wait: ({ on, timeout_ms }) => on.wait({ timeoutMs: timeout_ms }),
	seek: ({ on, offset }) => on.seek(offset),
	tell: ({ on }) => on.tell(),
	size: ({ on }) => on.size,
	available: ({ on }) => on.available(),
	cancel: ({ on }) => on.cancel(),
	reader_stat: ({ on, field: name }) => field(on.stats(), name),

	open_cache: ({ url }) => tstream.Cache.open(url),
	cache_put: ({ on, key, text, ttl_ms }) => on.put(key, text, { ttlMs: ttl_ms }),
	cache_get: async ({ on, key }) => orThrow(await on.get(key), tstream.NotFoundError).toString(),
	cache_remove: ({ on, key }) => on.remove(key),
	open_catalog: () => tstream.Catalog.open(":memory:", { empty: true }),
	catalog_add: ({ on, title, magnet, size }) => on.add({ title, magnet, size }),
	catalog_remove: ({ on, infohash }) => on.remove(infohash),
	catalog_count: ({ on }) => on.count(),
	open_search: () => new tstream.Search(),
	add_catalog: ({ on, name, catalog }, scene) => on.addCatalog(name, scene.object(catalog)),
	start_query: ({ on, text, providers }) => on.query(text, { providers: providers?.split(",") }),
	wait_done: ({ on }) => on.waitDone({ timeoutMs: PATIENCE_MS }),
	result_count: ({ on }) => on.results().total,
	best_result: ({ on, field: name }) => field(on.results({ limit: 1 }).results[0], name),
	query_is_complete: ({ on }) => Number(on.stats().isComplete),

	open_history: ({ url }, scene) => tstream.History.open(scene.url(url)),
	record: ({ on, session, magnet, position_us }) =>
		on.record(session, magnet, { positionUs: position_us }),
	file_position: async ({ on, session, infohash }) =>
		orThrow(await on.filePosition(session, infohash, 0), tstream.NotFoundError).positionUs,
	sitting_count: async ({ on, session }) => (await on.page(session)).entries.length,
	clear: ({ on, session }) => on.clear(session),
	open_accounts: ({ url }, scene) =>
		tstream.Accounts.open(scene.url(url), { hashMemoryKib: 64, hashPasses: 1 }),
	create_account: async ({ on, name, password }) => (await on.create(name, password)).name,
	verify_account: ({ on, name, password }) => on.verify(name, password),
};

/** The objects of one behaviour and the calls that are done to them. */
class Scene {
	#objects = [];

	constructor(world, scratch) {
		this.world = world;
		this.scratch = scratch;
	}

	fact(value) {
		const isFact = typeof value === "string" && value.startsWith("$");
		return isFact ? this.world.facts[value.slice(1)] : value;
	}

	url(url) {
		const file = path.join(this.scratch, url.slice(url.indexOf(":") + 1));
		return url.startsWith("scratch:") ? `sqlite:${file}` : url;
	}

	object(name) {
		const pair = this.#objects.findLast(([known]) => known === name);
		if (!pair) throw new TypeError(`no object ${name}`);
		return pair[1];
	}

	/** The result of one step. */
	async run(step) {
		const told = Object.fromEntries(Object.entries(step)
			.filter(([key]) => !NOT_ARGUMENTS.has(key))
			.map(([key, value]) => [key, this.fact(value)]));
		const on = "on" in step ? this.object(step.on) : undefined;
		if (step.do === "close") return this.#close(on);
		if (!(step.do in calls)) throw new TypeError(`no call ${step.do}`);
		const result = await calls[step.do]({ on, ...told }, this);
		if ("as" in step) this.#objects.push([step.as, result]);
		return result;
	}

	#close(object) {
		this.#objects = this.#objects.filter(([, known]) => known !== object);
		return object.close();
	}

	async end() {
		for (const [, object] of this.#objects.reverse()) await object.close();
	}
}

/** What is wrong with how a step ends, or "". */
async function check(scene, step) {
	let result;
	try {
		result = await scene.run(step);
	} catch (error) {
		if (!(error instanceof tstream.TstreamError)) throw error;
		return step.fails === error.code ? "" : `ended with ${error.code}: ${error.message}`;
	}
	if ("fails" in step) return "ended with success";
	if ("bytes" in step) {
		const { of, file, from, to } = step.bytes;
		const wanted = fs.readFileSync(scene.world.torrents[of].files[file]).subarray(from, to);
		return wanted.equals(result) ? "" : `other bytes than expected (${result.length} of them)`;
	}
	if ("at_least" in step) return result >= step.at_least ? "" : `gave ${result}`;
	if ("is" in step && result !== scene.fact(step.is)) return `gave ${JSON.stringify(result)}`;
	return "";
}

async function runBehaviour(world, behaviour, scratch) {
	fs.mkdirSync(scratch);
	const scene = new Scene(world, scratch);
	try {
		for (const [index, step] of behaviour.steps.entries()) {
			const why = await check(scene, step);
			if (why) return `step ${index + 1}: ${why}`;
		}
	} catch (error) {
		return `no such call or object: ${error}`;
	} finally {
		await scene.end();
	}
	return "";
}

const [table, world, scratch] = process.argv.slice(2);
const known = JSON.parse(fs.readFileSync(world));
for (const [index, behaviour] of JSON.parse(fs.readFileSync(table)).behaviours.entries()) {
	const why = await runBehaviour(known, behaviour, path.join(scratch, `node-${index}`));
	if (why) process.exitCode = 1;
	console.log(why ? `not ok ${behaviour.name}: ${why}` : `ok ${behaviour.name}`);
}
