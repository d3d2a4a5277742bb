import { CirclePlay, Trash2, Users } from 'lucide-react';
import Link from 'next/link';
import { useEffect, useState, type ReactNode } from 'react';
import type { HistoryEntry, PopularFilm } from '@/lib/api';
import { watchPath } from '../open/useOpener';
import { formatAgo, formatTime } from '@/shared/format';
import { parseRelease } from '@/shared/release';
import { t } from '@/shared/strings';
import { Button, IconButton } from '@/shared/ui/Button';
import { Dialog } from '@/shared/ui/Dialog';
import { Notice } from '@/shared/ui/Notice';
import { Progress } from '@/shared/ui/Progress';
import { Tags } from '@/shared/ui/Tags';
import { shareOf, toContinue } from './progress';
import { useLibrary, type Library } from './useLibrary';

const l = t.library;
const CONTINUE_COUNT = 6;

/** What was watched, what others watch; or, at first, what could be. */
export function LibraryView() {
	const library = useLibrary();
	if (library.error && !library.history)
		return <Notice tone="error" title={l.failed} action={<Button onClick={library.retry}>{t.retry}</Button>}>{library.error.message}</Notice>;
	if (!library.history)
		return null; // below all else: what comes moves nothing
	const unfinished = toContinue(library.history, CONTINUE_COUNT);
	return (
		<div className="space-y-8" data-testid="library">
			{library.history.length === 0 && <Empty />}
			{unfinished.length > 0 && (
				<Shelf title={l.continue}>
					{unfinished.map(entry => <ContinueCard key={entry.id} entry={entry} />)}
				</Shelf>
			)}
			{library.popular.length > 0 && (
				<Shelf title={l.popular}>
					{library.popular.map(film => <PopularCard key={film.infohash} film={film} />)}
				</Shelf>
			)}
			{library.history.length > 0 && <History library={library} entries={library.history} />}
		</div>
	);
}

function Empty() {
	return (
		<div className="rounded-xl border border-dashed border-line px-6 py-10 text-center">
			<p className="font-medium">{l.empty}</p>
			<p className="mx-auto mt-1 max-w-md text-sm text-soft">{l.emptyHint}</p>
			<p className="mt-4 flex flex-wrap items-center justify-center gap-2 text-sm text-soft">
				{l.try}
				{l.suggestions.map(title => (
					<Link key={title} href={{ pathname: '/', query: { query: title } }} className="inline-flex min-h-9 items-center rounded-full border border-line bg-surface px-3 font-medium text-ink hover:bg-raised">{title}</Link>
				))}
			</p>
		</div>
	);
}

function Shelf({ title, children }: { title: string; children: ReactNode }) {
	return (
		<section aria-label={title}>
			<h2 className="mb-3 text-lg font-semibold">{title}</h2>
			<ul className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">{children}</ul>
		</section>
	);
}

const CARD = 'group flex h-full flex-col rounded-xl border border-line bg-surface p-4 hover:border-accent';

function ContinueCard({ entry }: { entry: HistoryEntry }) {
	const release = parseRelease(entry.title);
	const share = shareOf(entry);
	return (
		<li className="min-w-0">
			<Link prefetch={false} href={watchPath({ magnet: entry.magnet }, entry.file_index)} className={CARD}>
				<span className="flex items-start gap-3">
					<CirclePlay aria-hidden className="mt-0.5 size-6 shrink-0 text-accent" />
					<span className="min-w-0">
						<span className="sr-only">{l.resume}</span>
						<span className="line-clamp-2 font-medium" title={entry.title}>{release.name}</span>
						<Tags release={{ ...release, tags: release.tags.slice(0, 1) }} />
					</span>
				</span>
				<span className="mt-auto block pt-3">
					{share !== null && <Progress value={share} label={release.name} />}
					<span className="mt-1.5 block text-xs text-soft tabular-nums">
						{entry.position_ms !== null && entry.duration_ms !== null && l.left(formatTime((entry.duration_ms - entry.position_ms) / 1000))}
					</span>
				</span>
			</Link>
		</li>
	);
}

function PopularCard({ film }: { film: PopularFilm }) {
	const release = parseRelease(film.title);
	return (
		<li className="min-w-0">
			<Link prefetch={false} href={watchPath({ magnet: film.magnet })} className={CARD}>
				<span className="line-clamp-2 font-medium" title={film.title}>{release.name}</span>
				<span className="mt-auto flex flex-wrap items-center gap-x-3 gap-y-1 pt-2 text-xs text-soft">
					<span className="inline-flex items-center gap-1 tabular-nums"><Users aria-hidden className="size-3.5" />{l.watchers(film.session_count)}</span>
					<Tags release={{ ...release, tags: release.tags.slice(0, 2) }} />
				</span>
			</Link>
		</li>
	);
}

function History({ library, entries }: { library: Library; entries: HistoryEntry[] }) {
	const [isClearing, setIsClearing] = useState(false);
	const [now, setNow] = useState<Date | null>(null);
	useEffect(() => setNow(new Date()), [entries]);
	return (
		<section aria-label={l.history}>
			<div className="mb-2 flex items-center justify-between gap-3">
				<h2 className="text-lg font-semibold">{l.history}</h2>
				<Button look="ghost" onClick={() => setIsClearing(true)}>{l.clear}</Button>
			</div>
			{library.removeError && <div className="mb-2"><Notice tone="error" title={l.removeFailed}>{library.removeError.message}</Notice></div>}
			<ul className="divide-y divide-line rounded-xl border border-line bg-surface" data-testid="history">
				{entries.map(entry => <HistoryRow key={entry.id} entry={entry} now={now} onRemove={() => library.remove(entry.id)} />)}
			</ul>
			{library.hasMore && <Button look="ghost" className="mt-2 w-full" onClick={library.more}>{l.more}</Button>}
			<Dialog title={l.clearTitle} isOpen={isClearing} onClose={() => setIsClearing(false)}>
				<p className="mb-4 text-sm text-soft">{l.clearText}</p>
				<div className="flex justify-end gap-2">
					<Button onClick={() => setIsClearing(false)}>{t.cancel}</Button>
					<Button look="solid" onClick={() => {
						setIsClearing(false);
						library.clear();
					}}>{l.clearConfirm}</Button>
				</div>
			</Dialog>
		</section>
	);
}

function HistoryRow({ entry, now, onRemove }: { entry: HistoryEntry; now: Date | null; onRemove: () => void }) {
	const share = shareOf(entry);
	return (
		<li className="flex items-center gap-2 px-4 py-2">
			<Link prefetch={false} href={watchPath({ magnet: entry.magnet }, entry.file_index)} className="group min-w-0 flex-1 py-1">
				<span className="line-clamp-2 text-sm font-medium group-hover:text-accent">{entry.title}</span>
				<span className="text-xs text-soft tabular-nums">
					{now && formatAgo(new Date(entry.watched_at), now)}
					{share !== null && ` · ${Math.round(share * 100)} %`}
				</span>
			</Link>
			<IconButton label={l.remove(entry.title)} onClick={onRemove}><Trash2 aria-hidden className="size-4" /></IconButton>
		</li>
	);
}
