import assert from 'node:assert/strict';
import { test } from 'node:test';
import { magnetOf, nameInMagnet, readTorrentText } from '@/shared/torrentText';

const HASH = '0123456789abcdef0123456789ABCDEF01234567';

test('a magnet is a magnet, with spaces around it too', () => {
	assert.deepEqual(readTorrentText('  MAGNET:?xt=urn:btih:x\n'), { kind: 'magnet', magnet: 'MAGNET:?xt=urn:btih:x' });
});

test('an infohash is a magnet: v1, v2 and base32', () => {
	assert.deepEqual(readTorrentText(HASH), { kind: 'magnet', magnet: `magnet:?xt=urn:btih:${HASH.toLowerCase()}` });
	assert.deepEqual(readTorrentText('a'.repeat(64)), { kind: 'magnet', magnet: `magnet:?xt=urn:btmh:1220${'a'.repeat(64)}` });
	assert.equal(readTorrentText('a'.repeat(32)).kind, 'magnet');
});

test('an address is an address, the rest is searched for', () => {
	assert.deepEqual(readTorrentText('https://a.example/x.torrent'), { kind: 'url', url: 'https://a.example/x.torrent' });
	assert.deepEqual(readTorrentText(' big buck bunny '), { kind: 'search', query: 'big buck bunny' });
	assert.equal(readTorrentText(`${HASH}0`).kind, 'search');
	assert.equal(readTorrentText('javascript:alert(1)').kind, 'search');
});

test('the name in a magnet is decoded', () => {
	assert.equal(nameInMagnet('magnet:?xt=urn:btih:x&dn=Big%20Buck+Bunny'), 'Big Buck Bunny');
	assert.equal(nameInMagnet(magnetOf(HASH)), null);
});
