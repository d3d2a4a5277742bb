// What a search has told so far, event by event.

import type { ProviderState, SearchResult } from '@/lib/api';
import { toFound, type Found } from './arrange';

export interface SearchState {
	results: Found[];
	providers: ProviderState[];
	isDone: boolean;
	isCached: boolean;
	error: string | null;
}

export const NOTHING_YET: SearchState = {
	results: [], providers: [], isDone: false, isCached: false, error: null,
};

/** A result with a known id replaces that one: another provider has added to it. */
export function mergeResults(known: Found[], fresh: SearchResult[]): Found[] {
	if (fresh.length === 0)
		return known;
	const byId = new Map(known.map(found => [found.id, found]));
	for (const result of fresh) {
		const old = byId.get(result.id);
		byId.set(result.id, old && old.title === result.title ? { ...result, release: old.release } : toFound(result));
	}
	return [...byId.values()];
}

export function mergeProviders(known: ProviderState[], fresh: ProviderState[]): ProviderState[] {
	const byName = new Map(known.map(provider => [provider.name, provider]));
	for (const provider of fresh)
		byName.set(provider.name, provider);
	return [...byName.values()];
}

/** The server's order first; what it did not repeat, for there was too much, follows. */
export function inOrder(known: Found[], ordered: SearchResult[]): Found[] {
	const merged = mergeResults(known, ordered);
	const byId = new Map(merged.map(found => [found.id, found]));
	const ids = new Set(ordered.map(result => result.id));
	return [...[...ids].flatMap(id => byId.get(id) ?? []), ...merged.filter(found => !ids.has(found.id))];
}
