/**
 * lag.mjs DATA_DIR TORRENT_FILE - how late Node's event loop is while 64 readers wait.
 *
 * As lag.py: nobody has the torrent's bytes, so that all of them wait all the time.
 */
import fs from "node:fs";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";

const { Session } = createRequire(import.meta.url)(process.env.TSTREAM_NODE_PACKAGE);
const READERS = 64;
const TIMERS = 2000;

async function lags() {
	const found = [];
	for (let i = 0; i < TIMERS; i++) {
		const begun = performance.now();
		await sleep(1);
		found.push(performance.now() - begun - 1);
	}
	found.sort((a, b) => a - b);
	return { p50_ms: found[TIMERS / 2], p99_ms: found[TIMERS * 0.99], max_ms: found.at(-1) };
}

const [dataDir, torrentFile] = process.argv.slice(2);
const local = { listen: "127.0.0.1:0", dht: false, lsd: false, portMapping: false };
const session = await Session.open(dataDir, local);
const torrent = await session.openBytes(fs.readFileSync(torrentFile));
const idle = await lags();
let ended = 0;
for (let i = 0; i < READERS; i++)
	torrent.reader(0).read(1).catch(() => {}).finally(() => ended++);
while (torrent.readers().filter(({ waitingUs }) => waitingUs > 0).length < READERS) await sleep(1);
const waiting = await lags();
if (ended > 0) throw new Error("a reader did not wait");
console.log(JSON.stringify({ idle, waiting }));
await session.close();
