import { useCallback, useMemo } from 'react';
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
	const remove = useCallback((id: string) => {
		const without = (known: HistoryPage[] | undefined) =>
			known?.map(page => ({ ...page, history: page.history.filter(entry => entry.id !== id) }));
		void mutate(async known => {
			await removeFromHistory(id);
			return without(known);
		}, { optimisticData: known => without(known) ?? [], revalidate: true });
	}, [mutate]);
	const clear = useCallback(() => {
		void mutate(async () => {
			await clearHistory();
			return [{ history: [], next_cursor: null }];
		}, { revalidate: true });
	}, [mutate]);

	return {
		// Both at once, so that nothing moves when the second comes.
		history: popular.data || popular.error ? history : null,
		popular: popular.data ?? [],
		hasMore: Boolean(data?.at(-1)?.next_cursor),
		more: () => void setSize(size + 1),
		remove, clear,
		error: (pages.error as Error | undefined) ?? null,
		retry: () => void mutate(),
	};
}
