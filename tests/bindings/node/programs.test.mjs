/** How programs and workers end, whatever is under way. */
import assert from "node:assert/strict";
import path from "node:path";
import test from "node:test";
import { Worker } from "node:worker_threads";
import { Session } from "tstream";
import { HERE, LOCAL, open, runProgram, scratch, world } from "./support.mjs";

const WAITING = `
	const session = await tstream.Session.open(dataDir, LOCAL);
	const torrent = await session.openBytes(fs.readFileSync(torrentPath));
	const reader = torrent.reader(0);
	const read = reader.read(1);
	while (!(torrent.readers()[0].waitingUs > 0)) await new Promise(setImmediate);
`;

function args(t) {
	return [path.join(scratch(t), "data"), world.torrents.movie.torrent];
}

test("a program may exit with reads pending", async (t) => {
	const { stdout, stderr } = await runProgram(`${WAITING} console.log("end"); process.exit(0);`,
		{ args: args(t) });
	assert.equal(stdout, "end\n");
	assert.equal(stderr, "");
});

test("a program that throws with reads pending ends with its own error", async (t) => {
	const { stderr } = await runProgram(`${WAITING} throw new Error("mine");`,
		{ args: args(t), code: 1 });
	assert.match(stderr, /mine/);
});

test("a program may exit while a session opens, closes or is asked", async (t) => {
	await runProgram(`tstream.Session.open(dataDir, LOCAL); process.exit(0);`, { args: args(t) });
	await runProgram(`${WAITING} read.catch(() => {}); session.close(); process.exit(0);`,
		{ args: args(t) });
	await runProgram(`${WAITING} torrent.remove(); process.nextTick(() => process.exit(0));`,
		{ args: args(t) });
});

test("a program ends by itself when nobody waits, and not before", async (t) => {
	const { stdout } = await runProgram(`
		const session = await tstream.Session.open(dataDir, LOCAL);
		session.on("event", () => {});
		const abandoned = session.events();
		const torrent = await session.openBytes(fs.readFileSync(torrentPath));
		const reader = torrent.reader(0);
		torrent.addPeer(${JSON.stringify(world.seeder)});
		console.log((await reader.read(10)).length > 0);
	`, { args: args(t) });
	assert.equal(stdout, "true\n");
});

test("a program that ended leaves its directory to the next", async (t) => {
	const given = args(t);
	await runProgram(`${WAITING} process.exit(0);`, { args: given });
	const session = await Session.open(given[0], LOCAL);
	await session.close();
});

test("a log is handed over until it is turned off", async (t) => {
	const { stdout } = await runProgram(`
		let count = 0;
		tstream.logTo((level, message) => { count += level === "trace" && message.length > 0; });
		const session = await tstream.Session.open(dataDir, LOCAL);
		await session.close();
		while (count === 0) await new Promise(setImmediate);
		tstream.logTo(null);
		console.log("heard");
	`, { args: args(t), environment: { TSTREAM_TRACE: "all" } });
	assert.equal(stdout, "heard\n");
});

function worker(body, data) {
	const text = `
		const tstream = require("tstream");
		const fs = require("fs");
		const path = require("path");
		const { parentPort, workerData } = require("worker_threads");
		const [dataDir, torrentPath] = workerData;
		const LOCAL = ${JSON.stringify(LOCAL)};
		(async () => { ${body} })();`;
	return new Worker(text, { eval: true, workerData: data, env: { ...process.env } });
}

const message = (from) => new Promise((resolve, reject) => {
	from.once("message", resolve);
	from.once("error", reject);
});
const exit = (from) => new Promise((resolve) => {
	from.once("exit", resolve);
});

test("workers read, each in its own session", async (t) => {
	process.chdir(HERE);
	await Promise.all([0, 1, 2].map(async () => {
		const one = worker(`
			const session = await tstream.Session.open(dataDir, LOCAL);
			const torrent = await session.openBytes(fs.readFileSync(torrentPath));
			torrent.addPeer(${JSON.stringify(world.seeder)});
			let total = 0;
			for await (const part of torrent.stream()) total += part.length;
			parentPort.postMessage(total);
			await session.close();`, args(t));
		const [total, code] = await Promise.all([message(one), exit(one)]);
		assert.equal(total, 3 * 1024 * 1024 + 333);
		assert.equal(code, 0);
	}));
});

test("a worker may be terminated, or exit, with reads pending", async (t) => {
	process.chdir(HERE);
	for (const how of ["terminate", "exit"]) {
		const given = args(t);
		const one = worker(`${WAITING} parentPort.postMessage("waiting");
			parentPort.once("message", () => process.exit(3));`, given);
		assert.equal(await message(one), "waiting");
		const ended = exit(one);
		if (how === "terminate") await one.terminate();
		else one.postMessage("exit");
		assert.equal(await ended, how === "exit" ? 3 : 1);
		await open(t, {}, given[0]);
	}
});

test("a worker may be terminated at any moment", async (t) => {
	process.chdir(HERE);
	for (let i = 0; i < 12; i++) {
		const one = worker(`${WAITING} await session.close();`, args(t));
		const ended = exit(one);
		await new Promise((resolve) => {
			setTimeout(resolve, i * 12);
		});
		await one.terminate();
		assert.ok([0, 1].includes(await ended));
	}
});

test("a worker may be terminated while it reads a struct of the library", async (t) => {
	process.chdir(HERE);
	for (let i = 0; i < 40; i++) {
		const one = worker(`
			const { capi } = require(path.join(path.dirname(require.resolve("tstream")), "lib/capi.js"));
			const event = new capi.tstream_event();
			parentPort.postMessage("begins");
			for (;;) event.type;`, args(t));
		await message(one);
		assert.equal(await one.terminate(), 1);
	}
});
