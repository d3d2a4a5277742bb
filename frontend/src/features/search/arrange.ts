// Which of the results are shown, in which order.

import type { SearchResult } from '@/lib/api';
import { parseRelease, resolutionOf, type Release } from '@/shared/release';

export type Sort = 'relevance' | 'seeders' | 'size' | 'newest';
/** In the order in which they are offered. */
export const QUALITIES = ['any', '2160', '1080', '720', 'lower'] as const;
export type Quality = typeof QUALITIES[number];

export interface Found extends SearchResult {
	release: Release;
}

export interface Filter {
	quality: Quality;
	/** Words that the title must have. */
	text: string;
	/** Only from this provider; '' is all. */
	source: string;
	/** Without those of which it is known that nobody has them. */
	isAlive: boolean;
}

export const NO_FILTER: Filter = { quality: 'any', text: '', source: '', isAlive: false };

export const toFound = (result: SearchResult): Found => ({ ...result, release: parseRelease(result.title) });

/* Unknown is less than anything known. */
const number = (value: number | null) => value ?? -1;
const time = (value: string | null) => value === null ? 0 : Date.parse(value);

/* Relevance is the order of the list itself. */
const COMPARE: Record<Sort, (a: Found, b: Found) => number> = {
	relevance: () => 0,
	seeders: (a, b) => number(b.seeders) - number(a.seeders),
	size: (a, b) => number(b.size) - number(a.size),
	newest: (a, b) => time(b.published_at) - time(a.published_at),
};

/** Stable: equals keep the server's order. */
export function sorted(results: Found[], sort: Sort): Found[] {
	return sort === 'relevance' ? results : [...results].sort(COMPARE[sort]);
}

function hasQuality(found: Found, quality: Quality): boolean {
	const resolution = resolutionOf(found.release);
	if (quality === 'any')
		return true;
	return quality === 'lower' ? resolution > 0 && resolution < 720 : resolution === Number(quality);
}

export function filtered(results: Found[], filter: Filter): Found[] {
	const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
	return results.filter(found =>
		hasQuality(found, filter.quality)
		&& (!filter.source || found.sources.includes(filter.source))
		&& !(filter.isAlive && found.seeders === 0)
		&& words.every(word => found.title.toLowerCase().includes(word)));
}

/**
 * While results come, those already seen stay where they are and new ones follow: nothing moves
 * away under a finger.
 */
export function keepOrder(shown: readonly string[], results: Found[]): Found[] {
	const byId = new Map(results.map(found => [found.id, found]));
	const old = shown.flatMap(id => byId.get(id) ?? []);
	const known = new Set(shown);
	return [...old, ...results.filter(found => !known.has(found.id))];
}
