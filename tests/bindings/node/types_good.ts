import { createServer } from "node:http";
import { Readable } from "node:stream";
import * as tstream from "tstream";

export async function films(magnet: string): Promise<Buffer | null> {
	const session: tstream.Session = await tstream.Session.open("data", { quotaBytes: 1n << 40n });
	session.on("complete", (event) => console.log(event.infohash, event.tag));
	const torrent = await (await session.open(magnet)).metadata({ timeoutMs: 5000 });
	const reader = torrent.reader(torrent.defaultFile, { start: 1n, end: 10 });
	const part: Buffer | null = await reader.read(10, { signal: AbortSignal.timeout(10) });
	for await (const chunk of reader) console.log(chunk.length);
	const stream: Readable = torrent.stream();
	createServer((_, response) => stream.pipe(response));
	const web = new Response(torrent.webStream() as unknown as ReadableStream);
	console.log(web.status);
	for await (const event of session.events()) console.log(event.type === "metadata");
	await session.close();
	return part;
}

export async function search(): Promise<string[]> {
	const found = new tstream.Search({ cache: await tstream.Cache.open() });
	found.addProvider("mine", { async *search({ text }) { yield { title: text, infohash: "a" }; } });
	const titles: string[] = [];
	for await (const result of found.query("sintel", { providers: ["mine"] })) titles.push(result.title);
	try {
		await found.resolve("x");
	} catch (error) {
		if (error instanceof tstream.NotFoundError) titles.push(error.code);
	}
	return titles;
}
