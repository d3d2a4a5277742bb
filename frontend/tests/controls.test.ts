import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { En } from 'media-chrome/dist/lang/en.js';
import { t } from '../src/shared/strings';

const DIST = new URL('../node_modules/media-chrome/dist/', import.meta.url);
const PLAYER = new URL('../src/features/player/Player.tsx', import.meta.url);

/* MediaPlayButton is in media-play-button.js. */
const fileOf = (name: string) => `${name.replace(/(?!^)[A-Z]/g, '-$&').toLowerCase()}.js`;

const controls = [...readFileSync(PLAYER, 'utf8').matchAll(/<(Media\w+)/g)].map(([, name]) => fileOf(name!));

const saidBy = (file: string) =>
	[...readFileSync(new URL(file, DIST), 'utf8').matchAll(/\bt\("([^"]+)"/g)].map(([, words]) => words!);

test('all that the controls say is in our words', () => {
	const said = new Set([...controls, 'media-container.js', 'utils/time.js'].flatMap(saidBy));
	assert.ok(controls.length >= 12);
	assert.ok(said.has('play') && said.has('{time} remaining'));
	assert.deepEqual([...said].filter(words => !(words in t.controls)), []);
});

test('they are words that the controls know, with the same places to fill in', () => {
	const places = (words: string) => words.match(/\{\w+\}/g) ?? [];
	for (const [theirs, ours] of Object.entries(t.controls)) {
		assert.ok(theirs in En, theirs);
		assert.deepEqual(places(ours), places(theirs));
	}
});
