import { FileUp, LoaderCircle, Search } from 'lucide-react';
import { useEffect, useRef, useState, type FormEvent } from 'react';
import { t } from '@/shared/strings';
import { readTorrentText } from '@/shared/torrentText';
import { Button } from '@/shared/ui/Button';
import { Notice } from '@/shared/ui/Notice';
import type { Opener } from './useOpener';

const MAX_LENGTH = 8192;

interface OpenBoxProps {
	query: string;
	onSearch: (query: string) => void;
	opener: Opener;
}

/** One field for all: words to search for, a magnet, an infohash, an address. */
export function OpenBox({ query, onSearch, opener }: OpenBoxProps) {
	const [text, setText] = useState(query);
	const field = useRef<HTMLInputElement>(null);
	const fileField = useRef<HTMLInputElement>(null);
	useEffect(() => setText(query), [query]);
	// What was typed before the scripts were here.
	useEffect(() => setText(typed => field.current?.value || typed), []);

	const submit = (event: FormEvent) => {
		event.preventDefault();
		const read = readTorrentText(text);
		if (text.length > MAX_LENGTH)
			opener.complain(t.open.tooMuch);
		else if (read.kind === 'magnet')
			opener.openMagnet(read.magnet);
		else if (read.kind === 'url')
			opener.openUrl(read.url);
		else
			onSearch(read.query);
	};
	const isSearch = readTorrentText(text).kind === 'search';

	return (
		<div className="space-y-3">
			<form role="search" onSubmit={submit} className="flex flex-wrap gap-2">
				<label htmlFor="open" className="sr-only">{t.open.label}</label>
				<div className="relative min-w-0 flex-1 basis-64">
					<Search aria-hidden className="pointer-events-none absolute top-1/2 left-3.5 size-5 -translate-y-1/2 text-soft" />
					<input ref={field} id="open" name="query" type="text" inputMode="search" enterKeyHint="go" autoComplete="off" spellCheck={false}
						value={text} onChange={event => setText(event.target.value)} placeholder={t.open.placeholder}
						className="h-12 w-full rounded-xl border border-edge bg-surface pr-4 pl-11 text-base placeholder:text-soft" />
				</div>
				<Button type="submit" look="solid" className="h-12 px-5! max-sm:flex-1" disabled={opener.isOpening}>
					{opener.isOpening && <LoaderCircle aria-hidden className="size-4 animate-spin" />}
					{isSearch ? t.open.submit : t.open.watch}
				</Button>
				<Button className="h-12 max-sm:flex-1" onClick={() => fileField.current?.click()}>
					<FileUp aria-hidden className="size-4" />{t.open.file}
				</Button>
				<input ref={fileField} type="file" hidden accept=".torrent,application/x-bittorrent" data-testid="torrent-file" onChange={event => {
					const file = event.target.files?.[0];
					event.target.value = ''; // the same file may be chosen again
					if (file)
						opener.openFile(file);
				}} />
			</form>
			{opener.error && <Notice tone="error" title={t.open.failed}>{opener.error}</Notice>}
		</div>
	);
}
