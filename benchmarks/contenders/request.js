// What the Node contenders do with a request: find the magnet and the file, answer the range.
import { URL } from 'node:url'

export function magnetOf(request) {
	return new URL(request.url, 'http://localhost').searchParams.get('magnet')
}

// The file asked for, or the largest.
export function fileOf(request, files) {
	const index = new URL(request.url, 'http://localhost').searchParams.get('file_index')
	return index ? files[Number(index)] : files.reduce((a, b) => (a.length >= b.length ? a : b))
}

export function peersOf(magnet) {
	return new URL(magnet).searchParams.getAll('x.pe')
}

// Write the head of a 200 or 206 and return what to read. Ranges: "a-b" and "a-".
export function contentRange(request, response, size) {
	const match = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
	const start = match ? Number(match[1]) : 0
	const end = match?.[2] ? Math.min(Number(match[2]), size - 1) : size - 1
	const headers = {
		'Accept-Ranges': 'bytes',
		'Content-Type': 'video/mp4',
		'Content-Length': end - start + 1,
	}
	if (match) headers['Content-Range'] = `bytes ${start}-${end}/${size}`
	response.writeHead(match ? 206 : 200, headers)
	return { start, end }
}
