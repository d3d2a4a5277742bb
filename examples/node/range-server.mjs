/**
 * A streaming endpoint with ranges, in Express.
 *
 *     npm install express range-parser tstream
 *     node range-server.mjs
 *     mpv "http://127.0.0.1:8000/stream?magnet=INFOHASH"
 */
import express from "express";
import { pipeline } from "node:stream/promises";
import { InvalidError, Session, TimedOutError } from "tstream";

const { DATA_DIR = "tstream-data", LISTEN, PORT = 8000 } = process.env;
// On the loopback interface the session needs none of what finds and lets in strangers.
const options = LISTEN ? { listen: LISTEN, dht: false, lsd: false, portMapping: false } : {};
const session = await Session.open(DATA_DIR, options);
const app = express();

app.get("/stream", async (request, response) => {
	const gone = new AbortController();
	response.on("close", () => gone.abort());
	try {
		const torrent = await session.open(String(request.query.magnet));
		await torrent.metadata({ timeoutMs: 60_000, signal: gone.signal });
		const { mediaType, size } = torrent.defaultFile;
		const ranges = request.range(size, { combine: true });
		if (ranges === -1) return response.status(416).set("Content-Range", `bytes */${size}`).end();
		const [{ start, end }] = Array.isArray(ranges) ? ranges : [{ start: 0, end: size - 1 }];
		response.set({ "Accept-Ranges": "bytes", "Content-Type": mediaType });
		response.set("Content-Length", String(end + 1 - start));
		if (Array.isArray(ranges))
			response.status(206).set("Content-Range", `bytes ${start}-${end}/${size}`);
		if (request.method === "HEAD") return response.end();
		await pipeline(torrent.stream(undefined, { start, end: end + 1 }), response);
	} catch (error) {
		if (response.headersSent || gone.signal.aborted) return response.destroy();
		const status = error instanceof InvalidError ? 400 : error instanceof TimedOutError ? 504 : 500;
		response.status(status).type("text").send(error.message);
	}
});

const server = app.listen(Number(PORT), "127.0.0.1", () =>
	console.log(`http://127.0.0.1:${server.address().port}/stream?magnet=...`));
process.once("SIGTERM", () => {
	server.close(() => session.close());
	server.closeAllConnections();
});
