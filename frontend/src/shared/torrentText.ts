// What a person may paste to name a torrent.

export type TorrentText =
	| { kind: 'magnet'; magnet: string }
	| { kind: 'url'; url: string }
	| { kind: 'search'; query: string };

const INFOHASH = /^(?:[0-9a-f]{40}|[0-9a-f]{64}|[a-z2-7]{32})$/i;

/** Magnets and infohashes are taken as such, the address of a .torrent too; the rest is searched for. */
export function readTorrentText(text: string): TorrentText {
	const trimmed = text.trim();
	if (/^magnet:/i.test(trimmed))
		return { kind: 'magnet', magnet: trimmed };
	if (INFOHASH.test(trimmed))
		return { kind: 'magnet', magnet: magnetOf(trimmed) };
	if (/^https?:\/\//i.test(trimmed))
		return { kind: 'url', url: trimmed };
	return { kind: 'search', query: trimmed };
}

export function magnetOf(infohash: string): string {
	return infohash.length === 64
		? `magnet:?xt=urn:btmh:1220${infohash.toLowerCase()}`
		: `magnet:?xt=urn:btih:${infohash.toLowerCase()}`;
}

/** The name that a magnet gives, or null. */
export function nameInMagnet(magnet: string): string | null {
	const query = magnet.slice(magnet.indexOf('?') + 1);
	return new URLSearchParams(query).get('dn');
}
