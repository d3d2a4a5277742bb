// The plain page: open a torrent, list its files, play one, say what it waits for.
"use strict";

const byId = (id) => document.getElementById(id);
let events = null;

function say(text) {
	byId("status").textContent = text;
}

function complain(text) {
	byId("status").textContent = "";
	byId("error").textContent = text;
}

function sizeOf(bytes) {
	const units = ["B", "KiB", "MiB", "GiB", "TiB"];
	let unit = 0;
	for (; bytes >= 1024 && unit < units.length - 1; unit++)
		bytes /= 1024;
	return `${bytes.toFixed(unit > 0 ? 1 : 0)} ${units[unit]}`;
}

async function answerOf(response) {
	const body = await response.json();
	if (!response.ok)
		throw new Error(body.detail || body.title);
	return body;
}

function openText(text) {
	const name = /^https?:/i.test(text) ? "url" : "magnet";
	return fetch("/api/torrents", {
		method: "POST",
		headers: { "Content-Type": "application/json" },
		body: JSON.stringify({ [name]: text }),
	}).then(answerOf);
}

function openFile(file) {
	return fetch("/api/torrents", {
		method: "POST",
		headers: { "Content-Type": "application/x-bittorrent" },
		body: file,
	}).then(answerOf);
}

function button(text, action) {
	const element = document.createElement("button");
	element.type = "button";
	element.textContent = text;
	element.addEventListener("click", action);
	return element;
}

function play(file) {
	const player = byId("player");
	player.hidden = false;
	player.src = file.stream_url;
	player.play().catch(() => {}); // the browser may want a click of its own first
}

function row(file) {
	const item = document.createElement("li");
	const path = document.createElement("span");
	const size = document.createElement("span");
	const link = document.createElement("a");
	path.className = "path";
	path.textContent = file.path;
	size.textContent = sizeOf(file.size);
	link.textContent = "Download";
	link.href = `${file.stream_url}&download=1`;
	item.append(path, size);
	if (file.is_playable)
		item.append(button("Play", () => play(file)));
	item.append(link);
	return item;
}

function describe(stats) {
	const rate = `${sizeOf(stats.download_bytes_per_s)}/s`;
	return `${stats.message} ${stats.peer_count} peers, ${rate}.`.trim();
}

function follow(torrent) {
	if (events)
		events.close();
	events = new EventSource(`/api/torrents/${torrent.infohash}/events`);
	events.addEventListener("stats", (event) => say(describe(JSON.parse(event.data))));
	events.addEventListener("removed", () => {
		events.close();
		say("The torrent was removed.");
	});
}

function show(torrent) {
	byId("torrent").hidden = false;
	byId("name").textContent = torrent.name;
	byId("playlist").href = `/api/torrents/${torrent.infohash}/playlist`;
	byId("files").replaceChildren(...torrent.files.map(row));
	const first = torrent.files[torrent.default_file];
	if (first && first.is_playable)
		play(first);
	follow(torrent);
}

// A magnet's files may have to be asked of peers first; this waits for them.
async function withFiles(torrent) {
	if (torrent.files.length > 0)
		return torrent;
	return answerOf(await fetch(`/torrent/info?infohash=${torrent.infohash}`));
}

async function open(asked) {
	say("Asking peers what is in it…");
	byId("error").textContent = "";
	try {
		show(await withFiles(await asked));
	} catch (error) {
		complain(error.message);
	}
}

byId("open").addEventListener("submit", (event) => {
	event.preventDefault();
	open(openText(byId("magnet").value.trim()));
});
byId("file").addEventListener("change", (event) => {
	if (event.target.files.length > 0)
		open(openFile(event.target.files[0]));
});
byId("player").addEventListener("error", () => {
	if (byId("player").error)
		complain(`This browser cannot play it: ${byId("player").error.message}`);
});

// A link to /?magnet=… opens it.
const wanted = new URLSearchParams(location.search).get("magnet");
if (wanted) {
	byId("magnet").value = wanted;
	open(openText(wanted));
}
