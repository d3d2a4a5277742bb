// webtorrent behind Express: the shape most tutorials and small streamers have.
//   node express_webtorrent.js PORT DATA_DIR
import express from 'express'
import WebTorrent from 'webtorrent'
import { contentRange, fileOf } from './request.js'

const [port, dataDir] = process.argv.slice(2)
const offline = { dht: false, lsd: false, natUpnp: false, natPmp: false, tracker: false, utp: false }
const client = new WebTorrent(offline)
const torrents = new Map()

client.on('error', (error) => console.error(error.message))

// webtorrent itself connects to the x.pe peers of the magnet.
function open(magnet) {
	const known = torrents.get(magnet)
	if (known) return known
	const opened = new Promise((resolve) => {
		client.add(magnet, { path: dataDir }, (torrent) => resolve(torrent.files))
	})
	torrents.set(magnet, opened)
	return opened
}

const app = express()
app.get('/api/stream', async (request, response) => {
	const file = fileOf(request, await open(request.query.magnet))
	const range = contentRange(request, response, file.length)
	const stream = file.createReadStream(range)
	stream.on('error', () => response.destroy())
	stream.pipe(response)
	response.on('close', () => stream.destroy())
})
app.listen(Number(port), '127.0.0.1')
