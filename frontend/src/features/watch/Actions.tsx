import { Check, Copy, Download, FileDown, Keyboard, ListVideo, SkipForward } from 'lucide-react';
import { useEffect, useState } from 'react';
import { playlistUrl, torrentFileUrl, type Torrent, type TorrentFile } from '@/lib/api';
import { t } from '@/shared/strings';
import { Button, ButtonLink, IconButton } from '@/shared/ui/Button';

const COPIED_MS = 2500;

interface ActionsProps {
	torrent: Torrent;
	downloadUrl: string | null;
	next: TorrentFile | null;
	onNext: () => void;
	onHelp: () => void;
}

export function Actions({ torrent, downloadUrl, next, onNext, onHelp }: ActionsProps) {
	const hasMetadata = torrent.files.length > 0;
	return (
		<div className="flex flex-wrap items-center gap-2">
			{next && <Button look="solid" onClick={onNext} title={next.name}><SkipForward aria-hidden className="size-4" />{t.player.next}</Button>}
			{downloadUrl && <ButtonLink href={downloadUrl}><Download aria-hidden className="size-4" />{t.player.download}</ButtonLink>}
			{hasMetadata && (
				<ButtonLink href={playlistUrl(torrent.infohash)} title={t.player.externalHint}>
					<ListVideo aria-hidden className="size-4" />{t.player.openExternal}
				</ButtonLink>
			)}
			<CopyLink torrent={torrent} />
			{hasMetadata && (
				<ButtonLink look="ghost" href={torrentFileUrl(torrent.infohash)}>
					<FileDown aria-hidden className="size-4" />{t.player.torrentFile}
				</ButtonLink>
			)}
			<IconButton label={t.player.help} onClick={onHelp}><Keyboard aria-hidden className="size-5" /></IconButton>
		</div>
	);
}

function CopyLink({ torrent }: { torrent: Torrent }) {
	const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle');
	const link = torrent.magnet ?? torrent.infohash;
	useEffect(() => {
		if (state !== 'copied')
			return;
		const timer = setTimeout(() => setState('idle'), COPIED_MS);
		return () => clearTimeout(timer);
	}, [state]);
	const copy = () => {
		// Only there in secure contexts: not where the server is reached by http from afar.
		if (!navigator.clipboard)
			return setState('failed');
		navigator.clipboard.writeText(link).then(() => setState('copied'), () => setState('failed'));
	};
	if (state === 'failed')
		return (
			<label className="flex min-w-60 flex-1 items-center gap-2 text-sm text-soft">
				{t.player.copyFailed}
				<input readOnly value={link} onFocus={event => event.target.select()} className="min-h-10 min-w-0 flex-1 rounded-lg border border-edge bg-surface px-2 text-ink" />
			</label>
		);
	return (
		<Button onClick={copy}>
			{state === 'copied' ? <Check aria-hidden className="size-4" /> : <Copy aria-hidden className="size-4" />}
			<span aria-live="polite">{state === 'copied' ? t.player.copied : t.player.copyLink}</span>
		</Button>
	);
}
