import { useCallback, useMemo, useState } from 'react';
import useSWR from 'swr';
import useSWRInfinite from 'swr/infinite';
import { clearHistory, getHistory, getPopular, removeFromHistory, type HistoryEntry, type HistoryPage, type PopularFilm } from '@/lib/api';

const HISTORY_PAGE = 20;
const POPULAR_COUNT = 6;

export interface Library {
	/** Null until all of it is known. */
	history: HistoryEntry[] | null;
	popular: PopularFilm[];
	hasMore: boolean;
	more: () => void;
	remove: (id: string) => void;
	clear: () => void;
	error: Error | null;
	/** Why what was to be removed is still there. */
	removeError: Error | null;
	retry: () => void;
}

const keyOf = (index: number, previous: HistoryPage | null) =>
	index === 0 ? ['history', ''] as const
		: previous?.next_cursor ? ['history', previous.next_cursor] as const : null;

export function useLibrary(): Library {
	const pages = useSWRInfinite(keyOf, ([, cursor]) => getHistory(HISTORY_PAGE, cursor || undefined),
		{ revalidateFirstPage: true, shouldRetryOnError: false });
	const popular = useSWR('popular', () => getPopular(POPULAR_COUNT), { shouldRetryOnError: false });
	const { data, mutate, setSize, size } = pages;

	const history = useMemo(() => data?.flatMap(page => page.history) ?? null, [data]);
	const [removeError, setRemoveError] = useState<Error | null>(null);
	const remove = useCallback((id: string) => {
		setRemoveError(null);
		const without = (known: HistoryPage[] | undefined) =>
			known?.map(page => ({ ...page, history: page.history.filter(entry => entry.id !== id) }));
		mutate(async known => {
			await removeFromHistory(id);
			return without(known);
		}, { optimisticData: known => without(known) ?? [], revalidate: true }).catch(setRemoveError);
	}, [mutate]);
	const clear = useCallback(() => {
		setRemoveError(null);
		mutate(async () => {
			await clearHistory();
			return [{ history: [], next_cursor: null }];
		}, { revalidate: true }).catch(setRemoveError);
	}, [mutate]);

	return {
		// Both at once, so that nothing moves when the second comes.
		history: popular.data || popular.error ? history : null,
		popular: popular.data ?? [],
		hasMore: Boolean(data?.at(-1)?.next_cursor),
		more: () => void setSize(size + 1),
		remove, clear, removeError,
		error: (pages.error as Error | undefined) ?? null,
		retry: () => void mutate(),
	};
}
