import * as tstream from "tstream";

export async function wrong(session: tstream.Session): Promise<void> {
	const torrent: tstream.Reader = await session.open("x");
	const text: string = await torrent.read(1);
	session.on("nothing", () => {});
	tstream.mediaType(7);
	new tstream.Torrent();
	console.log(text);
}
