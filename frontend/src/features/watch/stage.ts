// What a viewer is waiting for, in words.

import type { Stats } from '@/lib/api';
import { formatRate, formatShare } from '@/shared/format';
import { t } from '@/shared/strings';

export interface Stage {
	title: string;
	/** Sentences with figures. */
	details: string[];
	/** Nothing more will come of it by itself. */
	isOver?: boolean;
}

export interface StageInput {
	stats: Pick<Stats, 'state' | 'waiting' | 'peer_count' | 'download_bytes_per_s' | 'have_bytes' | 'message'> | null;
	/** Of the whole torrent; 0 while it is not known. */
	size: number;
	isLost: boolean;
	/** The stream broke off and is asked for again. */
	isRecovering: boolean;
	isRemoved: boolean;
	/** Since the page began to wait. */
	waitedSeconds: number;
}

type Describe = (stats: NonNullable<StageInput['stats']>, input: StageInput) => Stage;

const flow: Describe = (stats, { size }) => ({
	title: t.stage.buffering,
	details: [
		`${t.units.peers(stats.peer_count)}, ${formatRate(stats.download_bytes_per_s)}`,
		...(size > 0 ? [t.stage.share(formatShare(stats.have_bytes, size))] : []),
	],
});

const DESCRIBE: Record<Stats['waiting']['for'], Describe> = {
	nothing: flow,
	peers: (_, { waitedSeconds }) => ({
		title: t.stage.peers, details: [t.stage.peersDetail(waitedSeconds)],
	}),
	metadata: stats => ({ title: t.stage.metadata, details: [t.units.peers(stats.peer_count)] }),
	check: (stats, { size }) => ({
		title: t.stage.check,
		details: size > 0 ? [t.stage.share(formatShare(stats.have_bytes, size))] : [],
	}),
	unchoke: stats => ({ title: t.stage.unchoke, details: [t.units.peers(stats.peer_count)] }),
	piece: stats => ({
		title: t.stage.piece,
		details: [
			t.stage.pieceDetail(stats.waiting.piece ?? 0, t.units.peers(stats.waiting.peer_count)),
			[formatRate(stats.download_bytes_per_s), estimate(stats)].filter(Boolean).join(', '),
		],
	}),
	source: stats => ({
		title: t.stage.source, details: [t.stage.sourceDetail(t.units.peers(stats.peer_count))],
	}),
	disk: () => ({ title: t.stage.disk, details: [t.stage.diskDetail] }),
};

function estimate(stats: NonNullable<StageInput['stats']>): string | null {
	const ms = stats.waiting.estimate_ms;
	return ms === null ? null : t.stage.left(t.units.seconds(ms / 1000));
}

export function stageOf(input: StageInput): Stage {
	const { stats } = input;
	if (input.isRemoved)
		return { title: t.stage.removed, details: [t.stage.removedDetail], isOver: true };
	if (input.isLost)
		return { title: t.stage.lost, details: [t.stage.lostDetail] };
	if (!stats)
		return { title: t.stage.opening, details: [] };
	if (stats.state === 'error')
		return { title: t.errors.title, details: [stats.message], isOver: true };
	if (input.isRecovering && stats.waiting.for === 'nothing')
		return { title: t.stage.recovering, details: [] };
	return DESCRIBE[stats.waiting.for](stats, input);
}
