import assert from 'node:assert/strict';
import { test } from 'node:test';
import { destinationOf } from '@/features/account/destination';
import { isUnfinished, shareOf, toContinue } from '@/features/library/progress';

const entry = (infohash: string, position_ms: number | null, duration_ms: number | null = 100_000) =>
	({ infohash, position_ms, duration_ms });

test('what was hardly begun or nearly ended is not gone on with', () => {
	assert.deepEqual([null, 0, 4000, 50_000, 96_000].map(at => isUnfinished(entry('a', at))),
		[false, false, false, true, false]);
	assert.ok(isUnfinished(entry('a', 50_000, null)), 'of unknown length');
});

test('of a film or season only its latest counts', () => {
	const history = [entry('a', 99_000), entry('b', 50_000), entry('a', 50_000), entry('b', 20_000), entry('c', 9000)];
	assert.deepEqual(toContinue(history, 9), [history[1], history[4]]);
	assert.deepEqual(toContinue(history, 1), [history[1]]);
});

test('a share is known only when both ends are', () => {
	assert.deepEqual([entry('a', 50_000), entry('a', 200_000), entry('a', null), entry('a', 5, null), entry('a', 5, 0)].map(shareOf),
		[0.5, 1, null, null, null]);
});

test('after logging in one goes only to this server', () => {
	const origin = 'http://127.0.0.1:8080';
	assert.equal(destinationOf('/watch?magnet=x#y', origin), '/watch?magnet=x#y');
	for (const next of [null, '', 'https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)', '/\t/evil.example'])
		assert.equal(destinationOf(next, origin), '/', String(next));
});
