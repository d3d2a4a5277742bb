// torrent-stream behind a small HTTP server, in the manner of peerflix.
//   node torrent_stream.js PORT DATA_DIR
import http from 'node:http'
import path from 'node:path'
import torrentStream from 'torrent-stream'
import { contentRange, fileOf, magnetOf, peersOf } from './request.js'

const [port, dataDir] = process.argv.slice(2)
const engines = new Map()

// While it looks for cached metadata its swarm is paused, and of the peers added then
// only one would be dialled.
function connect(engine, peers) {
	if (engine.swarm.paused) return setImmediate(connect, engine, peers)
	for (const peer of peers) engine.connect(peer)
}

function open(magnet) {
	const known = engines.get(magnet)
	if (known) return known
	const engine = torrentStream(magnet, {
		path: path.join(dataDir, 'torrent-stream'),
		tmp: dataDir,
		connections: 100,
		dht: false,
		tracker: false,
	})
	connect(engine, peersOf(magnet))
	const opened = new Promise((resolve) => {
		engine.on('ready', () => resolve(engine.files))
	})
	engines.set(magnet, opened)
	return opened
}

const server = http.createServer(async (request, response) => {
	const magnet = magnetOf(request)
	if (!magnet) return response.writeHead(404).end()
	const file = fileOf(request, await open(magnet))
	const range = contentRange(request, response, file.length)
	const stream = file.createReadStream(range)
	stream.pipe(response)
	response.on('close', () => stream.destroy())
})
server.listen(Number(port), '127.0.0.1')
