import { Users } from 'lucide-react';
import Link from 'next/link';
import { useEffect, useState } from 'react';
import { watchPath, type Opener } from '../open/useOpener';
import { formatAgo, formatBytes } from '@/shared/format';
import { t } from '@/shared/strings';
import { Button } from '@/shared/ui/Button';
import { Tags } from '@/shared/ui/Tags';
import type { Found } from './arrange';

const s = t.search;
/* Ten thousand rows at once would take seconds to lay out; nobody reads them. */
const PAGE = 50;

export function ResultList({ results, opener }: { results: Found[]; opener: Opener }) {
	const [shown, setShown] = useState(PAGE);
	const rest = results.length - shown;
	const [now, setNow] = useState<Date | null>(null);
	useEffect(() => setNow(new Date()), []);
	if (results.length === 0)
		return null;
	return (
		<>
			<ul className="divide-y divide-line overflow-hidden rounded-xl border border-line bg-surface" data-testid="results">
				{results.slice(0, shown).map(found => <Row key={found.id} found={found} opener={opener} now={now} />)}
			</ul>
			{rest > 0 && (
				<Button className="w-full" onClick={() => setShown(shown + PAGE)}>{t.files.more(Math.min(rest, PAGE))}</Button>
			)}
		</>
	);
}

function Row({ found, opener, now }: { found: Found; opener: Opener; now: Date | null }) {
	const content = (
		<>
			<span className="line-clamp-2 font-medium group-hover:text-accent" title={found.title}>{found.title}</span>
			<span className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-soft tabular-nums">
				<span>{found.size === null ? s.unknownSize : formatBytes(found.size)}</span>
				<Seeders seeders={found.seeders} leechers={found.leechers} />
				{found.published_at && now && <span>{formatAgo(new Date(found.published_at), now)}</span>}
				<span>{found.sources.join(', ')}</span>
				<Tags release={found.release} />
			</span>
		</>
	);
	const look = 'group block w-full px-4 py-3 text-left hover:bg-raised focus-visible:-outline-offset-2';
	return (
		<li>
			{found.magnet
				? <Link href={watchPath({ magnet: found.magnet })} prefetch={false} className={look}>{content}</Link>
				: <button type="button" className={look} disabled={opener.isOpening} onClick={() => opener.openResult(found.id)}>{content}</button>}
		</li>
	);
}

function Seeders({ seeders, leechers }: { seeders: number | null; leechers: number | null }) {
	if (seeders === null)
		return <span>{s.unknownSeeders}</span>;
	return (
		<span className={`inline-flex items-center gap-1 ${seeders === 0 ? 'text-danger' : 'text-good'}`}>
			<Users aria-hidden className="size-3.5" />
			<span>{s.seeders(seeders)}{leechers !== null && <span className="text-soft">{s.leechers(leechers)}</span>}</span>
		</span>
	);
}
