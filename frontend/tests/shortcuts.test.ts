import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actionOf, isTakenBy, RATES, stepRate } from '@/features/player/shortcuts';

test('keys do what the help says', () => {
	assert.deepEqual(actionOf({ key: ' ' }), { do: 'playPause' });
	assert.deepEqual(actionOf({ key: 'K' }), { do: 'playPause' });
	assert.deepEqual(actionOf({ key: 'ArrowLeft' }), { do: 'seekBy', seconds: -10 });
	assert.deepEqual(actionOf({ key: 'ArrowLeft', shiftKey: true }), { do: 'seekBy', seconds: -60 });
	assert.deepEqual(actionOf({ key: '?', shiftKey: true }), { do: 'help' });
	assert.deepEqual(actionOf({ key: '7' }), { do: 'seekTo', share: 0.7 });
	assert.equal(actionOf({ key: 'x' }), null);
});

test('keys with a modifier are the browser’s', () => {
	assert.equal(actionOf({ key: 'f', ctrlKey: true }), null);
	assert.equal(actionOf({ key: 'ArrowLeft', altKey: true }), null);
	assert.equal(actionOf({ key: 'm', metaKey: true }), null);
});

test('who types is left alone, and who presses a button', () => {
	assert.ok(isTakenBy({ tagName: 'INPUT', type: 'text' }, 'k'));
	assert.ok(isTakenBy({ tagName: 'INPUT', type: 'range' }, 'ArrowLeft'));
	assert.ok(!isTakenBy({ tagName: 'INPUT', type: 'range' }, 'k'));
	assert.ok(isTakenBy({ tagName: 'SELECT' }, 'f'));
	assert.ok(isTakenBy({ tagName: 'BUTTON' }, ' '));
	assert.ok(isTakenBy({ tagName: 'MEDIA-PLAY-BUTTON' }, ' '));
	assert.ok(!isTakenBy({ tagName: 'BUTTON' }, 'f'));
	assert.ok(!isTakenBy({ tagName: 'BODY' }, ' '));
});

test('speeds go up and down by one, and end at their ends', () => {
	assert.equal(stepRate(1, 1), 1.25);
	assert.equal(stepRate(1.1, -1), 0.75);
	assert.equal(stepRate(RATES.at(-1)!, 1), RATES.at(-1)!);
	assert.equal(stepRate(RATES[0]!, -1), RATES[0]!);
});
