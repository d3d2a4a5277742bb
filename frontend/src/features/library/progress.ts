// Which of what was watched is worth going on with.

import type { HistoryEntry } from '@/lib/api';

const MIN_MS = 5000;
/** Credits are not what anybody comes back for. */
const DONE_SHARE = 0.95;

export function isUnfinished({ position_ms: position, duration_ms: duration }: Pick<HistoryEntry, 'position_ms' | 'duration_ms'>): boolean {
	return position !== null && position >= MIN_MS && (duration === null || position < duration * DONE_SHARE);
}

/** 0 to 1; null: not known. */
export function shareOf({ position_ms: position, duration_ms: duration }: Pick<HistoryEntry, 'position_ms' | 'duration_ms'>): number | null {
	return position === null || duration === null || duration <= 0 ? null : Math.min(1, position / duration);
}

/** One per torrent, the latest first: of a season that is being watched, its latest episode. */
export function toContinue<E extends Pick<HistoryEntry, 'infohash' | 'position_ms' | 'duration_ms'>>(history: E[], count: number): E[] {
	const seen = new Set<string>();
	return history.filter(entry => {
		const isFirst = !seen.has(entry.infohash);
		seen.add(entry.infohash);
		return isFirst && isUnfinished(entry);
	}).slice(0, count);
}
