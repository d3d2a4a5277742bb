// btfs: a torrent as a file system; its files are read by Node's http.
//   node btfs.js PORT DATA_DIR
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { contentRange, fileOf, magnetOf } from './request.js'

const [port, dataDir] = process.argv.slice(2)
const READ_BYTES = 1 << 20
const mounts = new Map()

function filesBelow(directory) {
	return fs.readdirSync(directory, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
		.sort()
		.map((name) => ({ name, length: fs.statSync(name).size }))
}

// The files appear when the metadata has come.
async function open(magnet) {
	const directory = path.join(dataDir, `mount-${mounts.size}`)
	fs.mkdirSync(directory)
	const data = `--data-directory=${path.join(dataDir, 'btfs')}`
	spawn('btfs', ['-f', '--keep', data, magnet, directory], { stdio: 'inherit' })
	for (;;) {
		const files = filesBelow(directory)
		if (files.length > 0) return files
		await setTimeout(2)
	}
}

fs.mkdirSync(path.join(dataDir, 'btfs'), { recursive: true })
const server = http.createServer(async (request, response) => {
	const magnet = magnetOf(request)
	if (!magnet) return response.writeHead(404).end()
	if (!mounts.has(magnet)) mounts.set(magnet, open(magnet))
	const file = fileOf(request, await mounts.get(magnet))
	const range = contentRange(request, response, file.length)
	const stream = fs.createReadStream(file.name, { ...range, highWaterMark: READ_BYTES })
	stream.pipe(response)
	stream.on('error', () => response.destroy())
	response.on('close', () => stream.destroy())
})
server.listen(Number(port), '127.0.0.1')
