// Indexers on 127.0.0.1 that speak as much Torznab as a search needs.
import { once } from 'node:events';
import { createServer } from 'node:http';

const escape = text => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

const caps = max => `<caps><limits default="${max}" max="${max}"/><searching><search available="yes" supportedParams="q"/></searching></caps>`;

function item({ title, infohash, magnet, seeders, size = 734_003_200 })
{
	return `<item><title>${escape(title)}</title><guid>${infohash}</guid><link>${escape(magnet)}</link>
		<pubDate>Sat, 14 Mar 2026 10:00:00 +0000</pubDate><enclosure url="${escape(magnet)}" length="${size}" type="application/x-bittorrent"/>
		<torznab:attr name="infohash" value="${infohash}"/><torznab:attr name="magneturl" value="${escape(magnet)}"/>
		<torznab:attr name="seeders" value="${seeders}"/><torznab:attr name="peers" value="${seeders + 2}"/><torznab:attr name="size" value="${size}"/></item>`;
}

const rss = items => `<?xml version="1.0"?><rss version="2.0" xmlns:torznab="http://torznab.com/schemas/2015/feed"><channel>${
	items.map(item).join('')}</channel></rss>`;

/** @param answer  (url, response) => …, url with the path that was asked for */
export async function startIndexer(answer)
{
	const http = createServer((request, response) => answer(new URL(request.url, 'http://x'), response)).listen(0, '127.0.0.1');
	await once(http, 'listening');
	http.unref(); // a test that failed before it could stop it must not keep the file running
	return { url: `http://127.0.0.1:${http.address().port}/api`, stop: () => http.close() };
}

/** An indexer of these items. @param itemsFor  url => items */
export const startIndexerOf = (itemsFor, max = 100) => startIndexer((url, response) => {
	response.setHeader('Content-Type', 'application/xml');
	response.end(url.searchParams.get('t') === 'caps' ? caps(max) : rss(itemsFor(url)));
});

export const startBrokenIndexer = () => startIndexer((_, response) => response.writeHead(500).end('no'));

const hex = (prefix, i) => `${prefix}${String(i).padStart(40 - prefix.length, '0')}`;

/** Nobody has it, but it is found. */
export function found(title, i, { prefix = '', ...more } = {})
{
	const infohash = hex(prefix, i);
	return { title, infohash, magnet: `magnet:?xt=urn:btih:${infohash}`, seeders: i, ...more };
}
