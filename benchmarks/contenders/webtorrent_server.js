// webtorrent's own HTTP server; only finding the torrent that a magnet means is added.
//   node webtorrent_server.js PORT DATA_DIR
import http from 'node:http'
import WebTorrent from 'webtorrent'
import { fileOf, magnetOf } from './request.js'

const [port, dataDir] = process.argv.slice(2)
const client = new WebTorrent({
	dht: false, lsd: false, natUpnp: false, natPmp: false, tracker: false, utp: false,
})
const streamer = client.createServer({}, 'node')
const torrents = new Map()

client.on('error', (error) => console.error(error.message))
// It takes requests once it listens: give it a port of its own that nobody knows.
streamer.listen(0, '127.0.0.1')

function open(magnet) {
	const known = torrents.get(magnet)
	if (known) return known
	const opened = new Promise((resolve) => client.add(magnet, { path: dataDir }, resolve))
	torrents.set(magnet, opened)
	return opened
}

const server = http.createServer(async (request, response) => {
	const magnet = magnetOf(request)
	if (!magnet) return response.writeHead(404).end()
	const torrent = await open(magnet)
	request.url = fileOf(request, torrent.files).streamURL
	streamer.server.emit('request', request, response)
})
server.listen(Number(port), '127.0.0.1')
