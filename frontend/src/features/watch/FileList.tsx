import { Captions, Download, File, Film, Image as Picture, Music, Play } from 'lucide-react';
import { useState } from 'react';
import type { TorrentFile } from '@/lib/api';
import { formatBytes, formatShare } from '@/shared/format';
import { t } from '@/shared/strings';
import { Button } from '@/shared/ui/Button';
import { Progress } from '@/shared/ui/Progress';

const ICONS = { video: Film, audio: Music, subtitle: Captions, image: Picture, other: File };
const PAGE = 100;

interface FileListProps {
	files: TorrentFile[];
	current: number | null;
	/** The directory that all are in; not said again for each. */
	root: string;
	onPlay: (file: TorrentFile) => void;
	downloadUrl: (file: TorrentFile) => string;
}

export function FileList({ files, current, root, onPlay, downloadUrl }: FileListProps) {
	const [shown, setShown] = useState(PAGE);
	const rest = files.length - shown;
	return (
		<>
			<ul className="divide-y divide-line" data-testid="files">
				{files.slice(0, shown).map(file => (
					<FileRow key={file.index} file={file} path={withoutRoot(file.path, root)} isCurrent={file.index === current}
						onPlay={() => onPlay(file)} downloadUrl={downloadUrl(file)} />
				))}
			</ul>
			{rest > 0 && (
				<Button look="ghost" className="mt-2 w-full" onClick={() => setShown(shown + PAGE)}>
					{t.files.more(Math.min(rest, PAGE))}
				</Button>
			)}
		</>
	);
}

const withoutRoot = (path: string, root: string) => path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;

interface FileRowProps {
	file: TorrentFile;
	path: string;
	isCurrent: boolean;
	onPlay: () => void;
	downloadUrl: string;
}

function FileRow({ file, path, isCurrent, onPlay, downloadUrl }: FileRowProps) {
	const Icon = ICONS[file.media_kind];
	const share = file.size > 0 ? file.have_bytes / file.size : 1;
	return (
		<li className="flex items-center gap-3 py-2" aria-current={isCurrent || undefined}>
			<Icon aria-label={t.files.kinds[file.media_kind]} role="img" className={`size-5 shrink-0 ${isCurrent ? 'text-accent' : 'text-soft'}`} />
			<div className="min-w-0 flex-1">
				<p className={`line-clamp-2 text-sm ${isCurrent ? 'font-semibold' : ''}`} title={file.path}>{path}</p>
				<p className="flex flex-wrap gap-x-2 text-xs text-soft tabular-nums">
					<span>{formatBytes(file.size)}</span>
					{file.have_bytes > 0 && <span>{formatShare(file.have_bytes, file.size)}</span>}
					{isCurrent && <span className="font-medium text-accent">{t.files.playing}</span>}
				</p>
				{file.have_bytes > 0 && <Progress value={share} label={t.files.progress(file.name)} className="mt-1" />}
			</div>
			{file.is_playable && !isCurrent && (
				<Button look="ghost" className="min-w-10 px-2!" onClick={onPlay} aria-label={t.files.play(file.name)} title={t.player.play}>
					<Play aria-hidden className="size-5" />
				</Button>
			)}
			<a href={downloadUrl} aria-label={t.files.download(file.name)} title={t.player.download}
				className="inline-flex min-h-10 min-w-10 items-center justify-center rounded-lg text-soft hover:bg-raised hover:text-ink">
				<Download aria-hidden className="size-5" />
			</a>
		</li>
	);
}
