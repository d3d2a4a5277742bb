import { useEffect, useState, type ReactNode } from 'react';
import type { Peer, Reader, Stats, Torrent } from '@/lib/api';
import type { PlayerFacts } from '../player/useWaiting';
import { formatBytes, formatRate, formatShare } from '@/shared/format';
import { t } from '@/shared/strings';
import { PieceMap } from './PieceMap';
import { CHART_SECONDS, SpeedChart, type Sample } from './SpeedChart';
import { Table } from './Table';

const d = t.debug;

interface DebugPanelProps {
	torrent: Torrent;
	stats: Stats;
	facts: PlayerFacts;
	video: HTMLVideoElement | null;
}

/** What the engine does, for the curious and for reports of trouble. */
export function DebugPanel({ torrent, stats, facts, video }: DebugPanelProps) {
	return (
		<div className="grid gap-6 lg:grid-cols-2" data-testid="debug">
			<Part title={d.engine}><Engine stats={stats} /></Part>
			<Part title={d.speed}><SpeedChart samples={useSamples(stats)} /></Part>
			<Part title={d.pieces}><PieceMap stats={stats} /></Part>
			<Part title={d.player}><PlayerFactList facts={facts} video={video} /></Part>
			<Part title={d.readers} isWide><Readers readers={stats.readers} torrent={torrent} /></Part>
			<Part title={d.peers} isWide><Peers stats={stats} /></Part>
		</div>
	);
}

function Part({ title, isWide, children }: { title: string; isWide?: boolean; children: ReactNode }) {
	return (
		<section className={`min-w-0 ${isWide ? 'lg:col-span-2' : ''}`}>
			<h3 className="mb-2 text-sm font-semibold">{title}</h3>
			{children}
		</section>
	);
}

function Facts({ facts }: { facts: [string, string][] }) {
	return (
		<dl className="grid grid-cols-2 gap-x-6 gap-y-1 text-sm max-[26rem]:grid-cols-1">
			{facts.map(([name, value]) => (
				<div key={name} className="flex justify-between gap-3">
					<dt className="text-soft">{name}</dt>
					<dd className="text-right tabular-nums">{value}</dd>
				</div>
			))}
		</dl>
	);
}

function Engine({ stats }: { stats: Stats }) {
	return (
		<>
			<p className="mb-2 text-sm">{stats.message}</p>
			<Facts facts={[
				[d.state, d.states[stats.state]],
				[d.waiting, stats.waiting.for],
				[d.pieces, `${stats.have_piece_count} / ${stats.piece_count}`],
				[d.pieceSize, formatBytes(stats.pieces.size)],
				[d.downloaded, formatBytes(stats.downloaded_bytes)],
				[d.uploaded, formatBytes(stats.uploaded_bytes)],
				[d.redundant, formatBytes(stats.redundant_bytes)],
				[d.failed, formatBytes(stats.failed_bytes)],
				[d.disk, formatBytes(stats.disk_used_bytes)],
			]} />
		</>
	);
}

function PlayerFactList({ facts, video }: { facts: PlayerFacts; video: HTMLVideoElement | null }) {
	const media = video;
	const quality = media?.getVideoPlaybackQuality();
	return <Facts facts={[
		[d.playerFacts.buffered, `${(media ? bufferedAhead(media) : 0).toFixed(1)} s`],
		[d.playerFacts.first, facts.firstFrameMs === null ? d.none : d.ms(facts.firstFrameMs)],
		[d.playerFacts.stalls, String(facts.stallCount)],
		[d.playerFacts.stalled, d.ms(facts.stallMs)],
		[d.playerFacts.dropped, quality ? `${quality.droppedVideoFrames} / ${quality.totalVideoFrames}` : d.none],
		[d.playerFacts.size, media?.videoWidth ? `${media.videoWidth} × ${media.videoHeight}` : d.none],
	]} />;
}

function bufferedAhead(media: HTMLVideoElement): number {
	for (let i = 0; i < media.buffered.length; i++) {
		if (media.buffered.start(i) <= media.currentTime && media.currentTime <= media.buffered.end(i))
			return media.buffered.end(i) - media.currentTime;
	}
	return 0;
}

function Readers({ readers, torrent }: { readers: Reader[]; torrent: Torrent }) {
	if (readers.length === 0)
		return <p className="text-sm text-soft">{d.noReaders}</p>;
	const bytes = (value: number | undefined) => value === undefined ? d.none : formatBytes(value);
	return (
		<Table label={d.readers}
			head={[d.reader.file, d.reader.at, d.reader.window, d.reader.ready, d.reader.rate, d.reader.stalls, d.reader.stalled, d.reader.waits]}
			rows={readers.map(reader => [
				torrent.files[reader.file_index]?.name ?? String(reader.file_index),
				bytes(reader.offset), `${bytes(reader.window_begin)} – ${bytes(reader.window_end)}`,
				bytes(reader.available_bytes), formatRate(reader.read_bytes_per_s ?? 0),
				String(reader.stall_count ?? 0), d.ms(reader.stall_ms ?? 0), d.ms(reader.waiting_ms ?? 0),
			])} />
	);
}

const peerRow = (peer: Peer): string[] => [
	peer.address, peer.client, formatShare(peer.have_per_mille ?? 0, 1000),
	formatRate(peer.download_bytes_per_s ?? 0), formatRate(peer.upload_bytes_per_s ?? 0),
	formatBytes(peer.downloaded_bytes ?? 0), String(peer.request_count ?? 0),
	peer.rtt_ms === null || peer.rtt_ms === undefined ? d.none : d.ms(peer.rtt_ms), peer.flags.join(', '),
];

function Peers({ stats }: { stats: Stats }) {
	return (
		<>
			<p className="mb-2 text-sm text-soft tabular-nums">{d.counts(stats.peer_count, stats.seed_count, stats.unchoked_count)}</p>
			{stats.peers.length === 0
				? <p className="text-sm text-soft">{d.noPeers}</p>
				: <Table label={d.peers} rows={stats.peers.map(peerRow)} head={[
					d.peer.address, d.peer.client, d.peer.has, d.peer.down, d.peer.up, d.peer.got, d.peer.queue,
					d.peer.rtt, d.peer.flags,
				]} />}
		</>
	);
}

/* One sample a second, as the events come; they stop coming when nothing changes. */
function useSamples(stats: Stats): Sample[] {
	const [samples, setSamples] = useState<Sample[]>([]);
	const { download_bytes_per_s: down, upload_bytes_per_s: up } = stats;
	useEffect(() => {
		const add = () => setSamples(old => [...old, { down, up }].slice(-CHART_SECONDS - 1));
		add();
		const timer = setInterval(add, 1000);
		return () => clearInterval(timer);
	}, [down, up, stats]);
	return samples;
}
