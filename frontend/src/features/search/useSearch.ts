import { useEffect, useState } from 'react';
import { search, type ProviderState, type SearchResult } from '@/lib/api';
import { inOrder, mergeProviders, mergeResults, NOTHING_YET, type SearchState } from './merge';

/* Results come one by one, thousands within a second: what is painted is all of a period. */
const PAINT_PERIOD_MS = 150;

/** Follows a search while it finds; null: nothing is asked for. */
export function useSearch(query: string, attempt: number): SearchState | null {
	const [state, setState] = useState<SearchState>(NOTHING_YET);

	useEffect(() => {
		setState(NOTHING_YET);
		if (!query)
			return;
		let results: SearchResult[] = [];
		let providers: ProviderState[] = [];
		let timer: ReturnType<typeof setTimeout> | undefined;

		const flush = () => {
			timer = undefined;
			const [freshResults, freshProviders] = [results, providers];
			results = [];
			providers = [];
			setState(old => ({
				...old,
				results: mergeResults(old.results, freshResults),
				providers: mergeProviders(old.providers, freshProviders),
			}));
		};
		const flushSoon = () => { timer ??= setTimeout(flush, PAINT_PERIOD_MS); };
		const stop = search(query, {
			onResults: fresh => {
				results.push(...fresh);
				flushSoon();
			},
			onProviders: fresh => {
				providers.push(...fresh);
				flushSoon();
			},
			onDone: answer => {
				clearTimeout(timer);
				flush();
				setState(old => ({
					results: inOrder(old.results, answer.results), providers: answer.providers, isDone: true,
					isCached: answer.cached, error: null,
				}));
			},
			onError: message => {
				flush();
				setState(old => ({ ...old, isDone: true, error: message }));
			},
		});
		return () => {
			clearTimeout(timer);
			stop();
		};
	}, [query, attempt]);
	return query ? state : null;
}
