import type { ReactNode } from 'react';
import { t } from '@/shared/strings';
import { QUALITIES, type Filter, type Quality, type Sort } from './arrange';

const s = t.search;

interface FiltersProps {
	sort: Sort;
	onSort: (sort: Sort) => void;
	filter: Filter;
	onFilter: (filter: Filter) => void;
	sources: string[];
}

export function Filters({ sort, onSort, filter, onFilter, sources }: FiltersProps) {
	return (
		<div className="flex flex-wrap items-end gap-x-3 gap-y-2 text-sm">
			<Select label={s.sort} value={sort} onChange={value => onSort(value as Sort)}
				options={Object.entries(s.sorts)} />
			<Select label={s.quality} value={filter.quality} onChange={value => onFilter({ ...filter, quality: value as Quality })}
				options={QUALITIES.map(quality => [quality, s.qualities[quality]])} />
			{sources.length > 1 && (
				<Select label={s.source} value={filter.source} onChange={source => onFilter({ ...filter, source })}
					options={[['', s.allSources], ...sources.map(source => [source, source] as [string, string])]} />
			)}
			<Labelled label={s.text}>
				<input type="text" value={filter.text} onChange={event => onFilter({ ...filter, text: event.target.value })}
					className="h-10 w-full rounded-lg border border-edge bg-surface px-3" />
			</Labelled>
			<label className="inline-flex min-h-10 items-center gap-2">
				<input type="checkbox" checked={filter.isAlive} onChange={event => onFilter({ ...filter, isAlive: event.target.checked })}
					className="size-4 accent-(--accent)" />
				{s.alive}
			</label>
		</div>
	);
}

function Labelled({ label, children }: { label: string; children: ReactNode }) {
	return (
		<label className="flex min-w-32 flex-1 flex-col gap-1 sm:max-w-48">
			<span className="text-xs text-soft">{label}</span>
			{children}
		</label>
	);
}

interface SelectProps {
	label: string;
	value: string;
	onChange: (value: string) => void;
	options: [value: string, text: string][];
}

function Select({ label, value, onChange, options }: SelectProps) {
	return (
		<Labelled label={label}>
			<select value={value} onChange={event => onChange(event.target.value)} className="h-10 w-full rounded-lg border border-edge bg-surface px-2">
				{options.map(([key, text]) => <option key={key} value={key}>{text}</option>)}
			</select>
		</Labelled>
	);
}
