import { LoaderCircle } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
import type { Opener } from '../open/useOpener';
import { t } from '@/shared/strings';
import { Button } from '@/shared/ui/Button';
import { Notice } from '@/shared/ui/Notice';
import { filtered, keepOrder, NO_FILTER, sorted, type Filter, type Found, type Sort } from './arrange';
import { Filters } from './Filters';
import { Providers } from './Providers';
import { ResultList } from './ResultList';
import { useSearch } from './useSearch';

const s = t.search;

export function SearchView({ query, opener }: { query: string; opener: Opener }) {
	const [attempt, setAttempt] = useState(0);
	const [sort, setSort] = useState<Sort>('relevance');
	const [filter, setFilter] = useState<Filter>(NO_FILTER);
	const state = useSearch(query, attempt);
	const shown = useRef<{ query: string; ids: string[] }>({ query, ids: [] });

	const results = state?.results;
	const isDone = state?.isDone ?? false;
	const visible = useMemo<Found[]>(() => {
		if (!results)
			return [];
		const ordered = sorted(filtered(results, filter), sort);
		const isSameSearch = shown.current.query === query && results.length > 0;
		const kept = isDone || sort !== 'relevance' || !isSameSearch ? ordered : keepOrder(shown.current.ids, ordered);
		shown.current = { query, ids: kept.map(found => found.id) };
		return kept;
	}, [results, filter, sort, isDone, query]);

	if (!state)
		return null;
	return (
		<section aria-label={s.title} className="space-y-3">
			<div className="flex flex-wrap items-center justify-between gap-2">
				<div role="status" data-testid="search-status">
					<h2 className="flex items-center gap-2 text-sm text-soft">
						{!isDone && <LoaderCircle aria-hidden className="size-4 animate-spin" />}
						{summary(state.results.length, visible.length, isDone, query)}
					</h2>
				</div>
				<Providers providers={state.providers} />
			</div>
			{state.error && (
				<Notice tone="error" title={s.failed} action={<Button onClick={() => setAttempt(attempt + 1)}>{t.retry}</Button>}>{state.error}</Notice>
			)}
			{state.results.length > 0 && (
				<Filters sort={sort} onSort={setSort} filter={filter} onFilter={setFilter} sources={state.providers.map(provider => provider.name)} />
			)}
			<ResultList key={query} results={visible} opener={opener} />
			{isDone && !state.error && state.results.length === 0 && (
				<Notice title={s.nothing(query)} action={<Button onClick={() => setAttempt(attempt + 1)}>{t.retry}</Button>}>
					{state.providers.length === 0 ? s.noProviders : s.nothingHint}
				</Notice>
			)}
			{isDone && state.results.length > 0 && visible.length === 0 && (
				<Notice title={s.allFiltered} action={<Button onClick={() => setFilter(NO_FILTER)}>{s.clearFilters}</Button>} />
			)}
		</section>
	);
}

function summary(found: number, visible: number, isDone: boolean, query: string): string {
	if (!isDone && found === 0)
		return s.searching(query);
	return visible < found ? s.countOf(visible, found) : s.count(found);
}
