/** What the tests in JavaScript share: the world, sessions that stay on this machine, programs. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Session } from "tstream";

export const HERE = path.dirname(fileURLToPath(import.meta.url));
export const world = JSON.parse(fs.readFileSync(process.env.TSTREAM_WORLD));
export const LOCAL = { listen: "127.0.0.1:0", dht: false, lsd: false, portMapping: false };
export const PATIENCE_MS = 20_000;
/** A sanitizer makes everything slower, and needs memory of its own. */
export const SLOWNESS = process.env.TSTREAM_SANITIZE ? 10 : 1;

export const bytesOf = (key, file = 0) => fs.readFileSync(world.torrents[key].files[file]);
export const torrentFile = (key) => fs.readFileSync(world.torrents[key].torrent);

const ends = new WeakMap();

/** What is to be done when the test ends, the last one first. */
export function afterwards(t, end) {
	if (!ends.has(t)) {
		ends.set(t, []);
		t.after(async () => {
			for (const one of ends.get(t).reverse()) await one();
		});
	}
	ends.get(t).push(end);
}

/** A directory that is gone when the test ends. */
export function scratch(t) {
	const directory = fs.mkdtempSync(path.join(os.tmpdir(), "tstream-node-"));
	afterwards(t, () => fs.rmSync(directory, { recursive: true, force: true }));
	return directory;
}

/** A session that is closed when the test ends. */
export async function open(t, options = {}, directory = path.join(scratch(t), "data")) {
	const session = await Session.open(directory, { ...LOCAL, ...options });
	afterwards(t, () => session.close());
	return session;
}

/** A torrent that a seeder serves at full speed. */
export async function served(t, key = "movie", options = {}) {
	const session = await open(t, options);
	const torrent = await session.open(world.torrents[key].magnet);
	return torrent.metadata({ timeoutMs: PATIENCE_MS });
}

/** A torrent whose files are known and which nobody has: every read waits. */
export async function stalled(t, options = {}) {
	const session = await open(t, options);
	return session.openBytes(torrentFile("movie"));
}

export async function collect(parts) {
	const found = [];
	for await (const part of parts) found.push(part);
	return Buffer.concat(found);
}

/** The first true value of condition(), asked often, within a deadline. */
export async function poll(condition, what) {
	const deadline = performance.now() + PATIENCE_MS;
	for (;;) {
		const value = await condition();
		if (value) return value;
		assert.ok(performance.now() < deadline, `not in time: ${what}`);
		await sleep(5);
	}
}

export const untilItWaits = (torrent, count = 1) =>
	poll(() => torrent.readers().filter(({ waitingUs }) => waitingUs > 0).length >= count,
		"readers wait");

/** Run a program of its own; gives what it printed. */
export async function runProgram(text, { args = [], code = 0, environment = {} } = {}) {
	const prelude = `import * as tstream from "tstream"; import fs from "node:fs";
		const LOCAL = ${JSON.stringify(LOCAL)};
		const [dataDir, torrentPath] = process.argv.slice(2);\n`;
	const file = path.join(HERE, `program-${process.pid}-${runProgram.count++}.mjs`);
	fs.writeFileSync(file, prelude + text);
	const child = spawn(process.execPath, [file, ...args],
		{ cwd: HERE, env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", "pipe"] });
	const killer = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS * 2);
	const [stdout, stderr, status] = await Promise.all([
		collect(child.stdout), collect(child.stderr),
		new Promise((resolve) => child.on("exit", (exit, signal) => resolve(signal ?? exit))),
	]);
	clearTimeout(killer);
	assert.equal(status, code, `${status}\n${stdout}\n${stderr}`);
	return { stdout: stdout.toString(), stderr: stderr.toString() };
}
runProgram.count = 0;
