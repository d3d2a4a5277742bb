/**
 * Play a film out of a torrent while it downloads.
 *
 *     npm install tstream
 *     node play.mjs MAGNET [PLAYER ARGUMENT...]        (default player: mpv -)
 */
import { spawn } from "node:child_process";
import { pipeline } from "node:stream/promises";
import { Session } from "tstream";

const { DATA_DIR = "tstream-data", LISTEN } = process.env;
const [magnet, ...player] = process.argv.slice(2);
// On the loopback interface the session needs none of what finds and lets in strangers.
const options = LISTEN ? { listen: LISTEN, dht: false, lsd: false, portMapping: false } : {};
const session = await Session.open(DATA_DIR, options);
const torrent = await (await session.open(magnet)).metadata();
console.error(torrent.defaultFile.name);

const [command = "mpv", ...args] = player.length ? player : ["mpv", "-"];
const child = spawn(command, args, { stdio: ["pipe", "inherit", "inherit"] });
const ended = new Promise((resolve) => {
	child.once("exit", (code) => resolve(code ?? 1));
});
try {
	await pipeline(torrent.stream(), child.stdin);
} catch (error) {
	// The player was closed.
	if (!["EPIPE", "ERR_STREAM_PREMATURE_CLOSE"].includes(error.code)) throw error;
} finally {
	process.exitCode = await ended;
	await session.close();
}
