/**
 * read.mjs WAY DATA_DIR INFOHASH - read a complete file in 256 KiB reads through Node.
 *
 * WAY is read, stream or web; or file, Node's own stream of the same file on disk.  Prints a line of JSON for each of three rounds.
 * TSTREAM_NODE_PACKAGE is the folder of the package.
 */
import { createReadStream } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const { Session } = createRequire(import.meta.url)(process.env.TSTREAM_NODE_PACKAGE);
const READ_BYTES = 256 * 1024;
const ROUNDS = 3;

const ways = {
	async read(torrent) {
		const reader = torrent.reader(0);
		let total = 0;
		for (let part; (part = await reader.read(READ_BYTES)); ) total += part.length;
		await reader.close();
		return total;
	},
	async stream(torrent) {
		let total = 0;
		for await (const part of torrent.stream(0)) total += part.length;
		return total;
	},
	async web(torrent) {
		let total = 0;
		for await (const part of torrent.webStream(0)) total += part.length;
		return total;
	},
	async file() {
		const path = join(dataDir, "torrents", infohash, "data", "0");
		let total = 0;
		for await (const part of createReadStream(path, { highWaterMark: READ_BYTES }))
			total += part.length;
		return total;
	},
};

const [way, dataDir, infohash] = process.argv.slice(2);
const local = { listen: "127.0.0.1:0", dht: false, lsd: false, portMapping: false };
const session = await Session.open(dataDir, local);
const torrent = await (await session.openStored(infohash)).metadata();
for (let round = 0; round <= ROUNDS; round++) {
	const begun = performance.now();
	const before = process.cpuUsage();
	const bytes = await ways[way](torrent);
	const { user, system } = process.cpuUsage(before);
	// The first one fills the page cache, and whatever is made at first use.
	if (round > 0)
		console.log(JSON.stringify({ bytes, wall_s: (performance.now() - begun) / 1000,
			cpu_s: (user + system) / 1e6 }));
}
await session.close();
