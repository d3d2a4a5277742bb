// libtstream's Node package behind Express, in the same shape as express_webtorrent.js.
//   TSTREAM_NODE_PACKAGE=DIR node express_tstream.js PORT DATA_DIR
import { pipeline } from 'node:stream'
import express from 'express'
import { contentRange } from './request.js'

const { Session } = await import(`${process.env.TSTREAM_NODE_PACKAGE}/index.mjs`)
const [port, dataDir] = process.argv.slice(2)
const offline = { listen: '127.0.0.1:0', dht: false, lsd: false, portMapping: false }
const session = await Session.open(dataDir, offline)

const app = express()
app.get('/api/stream', async (request, response) => {
	const torrent = await session.open(request.query.magnet)
	await torrent.metadata()
	const index = request.query.file_index
	const file = index ? torrent.files[Number(index)] : torrent.defaultFile
	const { start, end } = contentRange(request, response, file.size)
	pipeline(torrent.stream(file, { start, end: end + 1 }), response, () => {})
})
app.listen(Number(port), '127.0.0.1')
