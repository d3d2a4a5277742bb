import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filtered, keepOrder, NO_FILTER, sorted, toFound } from '@/features/search/arrange';
import { inOrder, mergeProviders, mergeResults } from '@/features/search/merge';
import type { ProviderState, SearchResult } from '@/lib/api';

const result = (id: string, more: Partial<SearchResult> = {}): SearchResult => ({
	id, title: `Film ${id} 1080p`, infohash: null, magnet: null, size: null, seeders: null, leechers: null,
	published_at: null, category: null, sources: ['a'], ...more,
});
const found = (...ids: string[]) => ids.map(id => toFound(result(id)));
const ids = (list: { id: string }[]) => list.map(({ id }) => id).join('');

test('what is unknown comes last in every order', () => {
	const results = [
		result('a'), result('b', { seeders: 5, size: 1, published_at: '2026-01-01T00:00:00Z' }),
		result('c', { seeders: 0, size: 9, published_at: '2026-02-01T00:00:00Z' }),
	].map(toFound);
	assert.equal(ids(sorted(results, 'relevance')), 'abc');
	assert.equal(ids(sorted(results, 'seeders')), 'bca');
	assert.equal(ids(sorted(results, 'size')), 'cba');
	assert.equal(ids(sorted(results, 'newest')), 'cba');
	assert.equal(ids(results), 'abc', 'the list itself is left alone');
});

test('filters add up', () => {
	const results = [
		result('a', { title: 'Film 2160p', seeders: 0 }), result('b', { title: 'Film 480p', sources: ['b', 'c'] }),
		result('c', { title: 'Other Film', seeders: 3 }),
	].map(toFound);
	const shown = (filter: Partial<typeof NO_FILTER>) => ids(filtered(results, { ...NO_FILTER, ...filter }));
	assert.equal(shown({}), 'abc');
	assert.equal(shown({ quality: '2160' }), 'a');
	assert.equal(shown({ quality: 'lower' }), 'b');
	assert.equal(shown({ isAlive: true }), 'bc', 'unknown may well be alive');
	assert.equal(shown({ source: 'c' }), 'b');
	assert.equal(shown({ text: ' film OTHER ' }), 'c');
	assert.equal(shown({ text: 'film', isAlive: true, quality: 'lower' }), 'b');
});

test('what is seen stays where it is while more comes', () => {
	assert.equal(ids(keepOrder(['b', 'a', 'gone'], found('c', 'a', 'b', 'd'))), 'bacd');
	assert.equal(ids(keepOrder([], found('c', 'a'))), 'ca');
});

test('a result that is told again replaces the one that was told', () => {
	const known = mergeResults([], [result('a'), result('b')]);
	const merged = mergeResults(known, [result('a', { sources: ['a', 'b'], seeders: 7 }), result('c')]);
	assert.equal(ids(merged), 'abc');
	assert.deepEqual(merged[0]!.sources, ['a', 'b']);
	assert.equal(merged[0]!.seeders, 7);
	assert.equal(mergeResults(known, []), known, 'nothing new is no new list');
});

test('the end puts the best first and loses nothing', () => {
	const merged = inOrder(found('a', 'b', 'c', 'd'), [result('c'), result('a'), result('new')]);
	assert.equal(ids(merged), 'canewbd');
});

test('ten thousand results are merged, filtered and sorted within a tenth of a second or two', () => {
	const many = Array.from({ length: 10_000 }, (_, i) => result(String(i), { seeders: i % 977 }));
	const began = process.cpuUsage();
	const list = sorted(filtered(mergeResults([], many), { ...NO_FILTER, text: 'film' }), 'seeders');
	assert.equal(list.length, 10_000);
	assert.equal(list[0]!.seeders, 976);
	assert.ok(process.cpuUsage(began).user < 2_000_000, 'counted in processor time: others may have their turn');
});

test('providers are kept in the order they came, with their latest state', () => {
	const provider = (name: string, status: string) => ({ name, status }) as ProviderState;
	const merged = mergeProviders([provider('a', 'waiting'), provider('b', 'waiting')], [provider('a', 'ok')]);
	assert.deepEqual(merged.map(({ name, status }) => `${name}:${status}`), ['a:ok', 'b:waiting']);
});
