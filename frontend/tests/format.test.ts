import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAgo, formatBytes, formatRate, formatShare, formatTime } from '@/shared/format';

test('sizes have three figures and the unit that fits', () => {
	assert.deepEqual([0, 999, 1000, 1234, 12_345, 999_400, 999_999, 1_500_000_000, 2e15].map(formatBytes),
		['0 B', '999 B', '1.00 kB', '1.23 kB', '12.3 kB', '999 kB', '1.00 MB', '1.50 GB', '2000 TB']);
	assert.equal(formatRate(2_000_000), '2.00 MB/s');
});

test('times have hours only when they need them', () => {
	assert.deepEqual([0, 5.9, 65, 3599, 3600, 3725, 360_000].map(formatTime),
		['0:00', '0:05', '1:05', '59:59', '1:00:00', '1:02:05', '100:00:00']);
});

test('a time that is none is the beginning', () => {
	assert.deepEqual([NaN, Infinity, -1].map(formatTime), ['0:00', '0:00', '0:00']);
});

test('nothing is 100 % before it is complete', () => {
	assert.deepEqual([[0, 0], [1, 3], [999_999, 1_000_000], [5, 5]].map(([a, b]) => formatShare(a!, b!)),
		['0 %', '33 %', '99 %', '100 %']);
});

test('the past is told in the largest unit', () => {
	const now = new Date('2026-03-10T12:00:00Z');
	const ago = (text: string) => formatAgo(new Date(text), now);
	assert.equal(ago('2026-03-10T11:59:40Z'), 'just now');
	assert.equal(ago('2026-03-10T11:30:00Z'), '30 minutes ago');
	assert.equal(ago('2026-03-09T11:00:00Z'), 'yesterday');
	assert.equal(ago('2024-03-09T11:00:00Z'), '2 years ago');
	assert.equal(ago('2026-03-10T13:00:00Z'), 'just now', 'clocks differ');
});
