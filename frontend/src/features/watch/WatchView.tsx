import dynamic from 'next/dynamic';
import { ChevronDown } from 'lucide-react';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { streamUrl, type TorrentFile, type TorrentName } from '@/lib/api';
import { DebugPanel } from '@/features/debug/DebugPanel';
import { FailureNotice } from '@/features/player/FailureNotice';
import { HaveMap } from '@/features/player/HaveMap';
import { RateButton } from '@/features/player/RateButton';
import { ShortcutsHelp } from '@/features/player/ShortcutsHelp';
import { useMediaSession } from '@/features/player/useMediaSession';
import { useRecovery } from '@/features/player/useRecovery';
import { useRemembered } from '@/features/player/useRemembered';
import { useShortcuts } from '@/features/player/useShortcuts';
import { useWaiting } from '@/features/player/useWaiting';
import { SubtitlesPanel } from '@/features/subtitles/SubtitlesPanel';
import { useDroppedSubtitles } from '@/features/subtitles/useDroppedSubtitles';
import { useSubtitles } from '@/features/subtitles/useSubtitles';
import { formatBytes } from '@/shared/format';
import { parseRelease } from '@/shared/release';
import { t } from '@/shared/strings';
import { nameInMagnet } from '@/shared/torrentText';
import { Button } from '@/shared/ui/Button';
import { Notice } from '@/shared/ui/Notice';
import { Section } from '@/shared/ui/Section';
import { Tags } from '@/shared/ui/Tags';
import { Actions } from './Actions';
import { fileToPlay, nextEpisode } from './episodes';
import { FileList } from './FileList';
import { ResumedNotice } from './ResumedNotice';
import { StageView } from './StageView';
import { useResume } from './useResume';
import { useTorrent } from './useTorrent';

// Not part of the server-rendered page, and of no other page's scripts.
const Player = dynamic(() => import('@/features/player/Player'), { ssr: false });

interface WatchViewProps {
	name: TorrentName;
	/** The file in the address; null: the server's choice. */
	askedFile: number | null;
	onFile: (index: number) => void;
	/** What the page is to be called. */
	onTitle: (title: string) => void;
}

export function WatchView({ name, askedFile, onFile, onTitle }: WatchViewProps) {
	const [video, setVideo] = useState<HTMLVideoElement | null>(null);
	const { torrent, stats, isLost, isRemoved, error, retry } = useTorrent(name);
	const [isHelpOpen, setIsHelpOpen] = useState(false);
	const [isDebugOpen, setIsDebugOpen] = useState(false);

	const files = torrent?.files;
	const file = files ? fileToPlay(files, askedFile, torrent.default_file) : null;
	const isPlayable = file?.is_playable ?? false;
	const next = files && file ? nextEpisode(files, file) : null;
	const infohash = torrent?.infohash ?? null;
	const src = isPlayable && file ? streamUrl(name, file.index) : '';
	const title = file?.name || torrent?.name || ('magnet' in name && nameInMagnet(name.magnet)) || t.loading;

	useEffect(() => onTitle(title), [onTitle, title]);
	const play = useCallback((chosen: TorrentFile) => onFile(chosen.index), [onFile]);
	const playNext = useCallback(() => {
		if (next)
			onFile(next.index);
	}, [next, onFile]);

	const facts = useWaiting(video, src);
	useRemembered(video, src);
	const recovery = useRecovery(video, src);
	const subtitles = useSubtitles(video, infohash, isPlayable && file ? file.index : null);
	const resume = useResume(video, { infohash, fileIndex: isPlayable && file ? file.index : null, title });
	const release = useMemo(() => parseRelease(torrent?.name ?? title), [torrent?.name, title]);
	useMediaSession(video, { title, album: torrent?.name ?? '', onNext: next ? playNext : undefined });
	useDroppedSubtitles(subtitles.add);
	useShortcuts(video, {
		next: playNext,
		debug: () => setIsDebugOpen(isOpen => !isOpen),
		help: () => setIsHelpOpen(true),
		captions: subtitles.toggle,
		delayBy: subtitles.stepDelay,
	});

	if (error)
		return (
			<Notice tone="error" title={t.open.failed} action={<Button onClick={retry}>{t.retry}</Button>}>{error.message}</Notice>
		);

	const isWaiting = facts.isWaiting || recovery.isRecovering;
	const stage = (isWaiting && !recovery.failure) || isRemoved
		? <StageView stats={stats} size={torrent?.size ?? 0} isLost={isLost} isRecovering={recovery.isRecovering} isRemoved={isRemoved} />
		: null;

	return (
		<div className="space-y-4">
			<div className="relative -mx-4 overflow-hidden bg-black sm:mx-0 sm:rounded-xl">
				{src ? (
					<Player videoRef={setVideo} src={src} title={title} overlay={stage}
						haveMap={file && stats && (
							<HaveMap pieces={stats.pieces} firstPiece={file.first_piece} lastPiece={file.last_piece}
								haveBytes={file.have_bytes} size={file.size} />
						)}
						rateButton={<RateButton video={video} />}
						tracks={subtitles.list.map(subtitle => (
							<track key={subtitle.url} id={subtitle.url} kind="subtitles" label={subtitle.label}
								srcLang={subtitle.language || undefined} src={subtitle.url} />
						))} />
				) : (
					<div className="grid aspect-video max-h-[78dvh] w-full place-items-center p-3">
						{files && files.length > 0
							? <Notice title={t.player.noFile}>{t.player.noFileDetail}</Notice>
							: <StageView stats={stats} size={torrent?.size ?? 0} isLost={isLost} isRecovering={false} isRemoved={isRemoved} />}
					</div>
				)}
				<ResumedNotice resume={resume} />
			</div>

			{recovery.failure && file && torrent && (
				<FailureNotice failure={recovery.failure} mediaType={file.media_type} infohash={torrent.infohash}
					downloadUrl={streamUrl(name, file.index, true)} onRetry={recovery.retry} />
			)}

			<div className="space-y-2">
				<h1 className="line-clamp-3 text-xl font-semibold">{title}</h1>
				<div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-soft">
					{torrent && title !== torrent.name && <span>{torrent.name}</span>}
					{torrent?.size ? <span className="tabular-nums">{formatBytes(torrent.size)}</span> : null}
					{stats && <span className="tabular-nums">{t.units.peers(stats.peer_count)}</span>}
					<Tags release={release} />
				</div>
			</div>

			{torrent && (
				<Actions torrent={torrent} next={next} onNext={playNext} onHelp={() => setIsHelpOpen(true)}
					downloadUrl={file ? streamUrl(name, file.index, true) : null} />
			)}

			<div className="grid items-start gap-4 lg:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
				{files && files.length > 0 && (
					<Section title={t.files.title} aside={<span className="text-sm text-soft">{t.units.files(files.length)}</span>}>
						<FileList files={files} current={file?.index ?? null} root={torrent.name} onPlay={play} downloadUrl={chosen => streamUrl(name, chosen.index, true)} />
					</Section>
				)}
				{isPlayable && <Section title={t.subtitles.title}><SubtitlesPanel subtitles={subtitles} /></Section>}
			</div>

			{torrent && stats && (
				<section aria-label={t.debug.title} className="rounded-xl border border-line bg-surface">
					<h2>
						<button type="button" aria-expanded={isDebugOpen} onClick={() => setIsDebugOpen(!isDebugOpen)}
							className="flex min-h-12 w-full items-center justify-between px-4 font-semibold">
							{t.debug.title}
							<ChevronDown aria-hidden className={`size-5 text-soft transition-transform ${isDebugOpen ? 'rotate-180' : ''}`} />
						</button>
					</h2>
					{isDebugOpen && <div className="px-4 pb-4"><DebugPanel torrent={torrent} stats={stats} facts={facts} video={video} /></div>}
				</section>
			)}
			<ShortcutsHelp isOpen={isHelpOpen} onClose={() => setIsHelpOpen(false)} />
		</div>
	);
}
