import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathOf, segmentsOf } from '@/features/player/haveMap';
import { episodesOf, fileToPlay, nextEpisode } from '@/features/watch/episodes';
import { stageOf, type StageInput } from '@/features/watch/stage';

const stats = (waitingFor: string, more: object = {}) => ({
	state: 'ready', message: '', peer_count: 2, download_bytes_per_s: 1_500_000, have_bytes: 50,
	waiting: { for: waitingFor, piece: 7, peer_count: 1, estimate_ms: 4200 }, ...more,
}) as StageInput['stats'];
const stage = (input: Partial<StageInput>) => {
	const { title, details } = stageOf({ stats: null, size: 100, isLost: false, isRecovering: false, isRemoved: false, waitedSeconds: 0, ...input });
	return [title, ...details].join(' | ');
};

test('each thing that is waited for has words, with figures', () => {
	assert.equal(stage({}), 'Opening the torrent');
	assert.match(stage({ stats: stats('peers') }), /^Looking for peers \| Asking/);
	assert.match(stage({ stats: stats('peers'), waitedSeconds: 30 }), /Nobody answered yet/);
	assert.equal(stage({ stats: stats('metadata') }), 'Asking peers what is in it | 2 peers');
	assert.match(stage({ stats: stats('check') }), /^Checking what is on disk \| 50 %/);
	assert.match(stage({ stats: stats('unchoke') }), /Waiting for a peer to begin/);
	assert.equal(stage({ stats: stats('piece') }),
		'Buffering | Piece 7 is on its way from 1 peer. | 1.50 MB/s, about 4 seconds left');
	assert.match(stage({ stats: stats('source') }), /Waiting for a peer that has the next part/);
	assert.match(stage({ stats: stats('disk') }), /disk is full/);
	assert.match(stage({ stats: stats('nothing') }), /^Starting \| 2 peers, 1.50 MB\/s \| 50 % of it is here/);
});

test('an unknown time left is not made up', () => {
	const waiting = { for: 'piece', piece: 7, peer_count: 1, estimate_ms: null };
	assert.doesNotMatch(stage({ stats: stats('piece', { waiting }) }), /left/);
});

test('a lost server and a removed torrent come before all else', () => {
	assert.match(stage({ stats: stats('piece'), isLost: true }), /connection to the server is lost/);
	assert.match(stage({ stats: stats('piece'), isLost: true, isRemoved: true }), /was removed/);
	assert.match(stage({ stats: stats('nothing', { state: 'error', message: 'why' }) }), /why/);
});

test('a stream that broke off says what it waits for, if that is known', () => {
	assert.match(stage({ stats: stats('nothing'), isRecovering: true }), /^Interrupted/);
	assert.match(stage({ stats: stats('peers'), isRecovering: true }), /^Looking for peers/);
});

const pieces = (map: string, per_character = 1) => ({ map, per_character });

test('what is here of a file is told in shares of that file', () => {
	assert.deepEqual(segmentsOf(pieces('3300330'), 0, 6), [{ start: 0, end: 2 / 7 }, { start: 4 / 7, end: 6 / 7 }]);
	assert.deepEqual(segmentsOf(pieces('3300330'), 4, 5), [{ start: 0, end: 1 }]);
	assert.deepEqual(segmentsOf(pieces('0123'), 0, 3), [{ start: 0.75, end: 1 }]);
	assert.deepEqual(segmentsOf(pieces(''), 0, 3), []);
});

test('a character may stand for several pieces, some of other files', () => {
	assert.deepEqual(segmentsOf(pieces('303', 4), 2, 9), [{ start: 0, end: 0.25 }, { start: 0.75, end: 1 }]);
	assert.deepEqual(segmentsOf(pieces('33', 4), 1, 6), [{ start: 0, end: 1 }]);
});

test('segments become one path', () => {
	assert.equal(pathOf([{ start: 0, end: 0.5 }]), 'M0 0H0.5V1H0Z');
	assert.equal(pathOf([]), '');
});

const file = (index: number, path: string, media_kind = 'video', is_playable = true) =>
	({ index, path, name: path.split('/').at(-1)!, media_kind, is_playable });
const season = [
	file(0, 'Show/E10.mkv'), file(1, 'Show/E2.mkv'), file(2, 'Show/E1.mkv'), file(3, 'Show/Sample/sample.mkv'),
	file(4, 'Show/E1.srt', 'subtitle', false), file(5, 'Show/theme.mp3', 'audio'),
];

test('episodes come as people count, without samples and songs', () => {
	assert.deepEqual(episodesOf(season, 'video').map(({ index }) => index), [2, 1, 0]);
	assert.equal(nextEpisode(season, season[2]!)?.index, 1);
	assert.equal(nextEpisode(season, season[0]!), null);
	assert.equal(nextEpisode(season, season[3]!), null);
});

test('the file in the address wins, then the choice of the server, then what plays', () => {
	assert.equal(fileToPlay(season, 5, 1)?.index, 5);
	assert.equal(fileToPlay(season, null, 1)?.index, 1);
	assert.equal(fileToPlay(season, 99, null)?.index, 0);
	assert.equal(fileToPlay([season[4]!], null, null), null);
});
