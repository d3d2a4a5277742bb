import { t } from '@/shared/strings';
import { formatShare } from '@/shared/format';
import { pathOf, segmentsOf, type PieceMap } from './haveMap';

interface HaveMapProps {
	pieces: PieceMap;
	firstPiece: number;
	lastPiece: number;
	haveBytes: number;
	size: number;
}

/** A strip below the timeline that shows which parts of the file are here. */
export function HaveMap({ pieces, firstPiece, lastPiece, haveBytes, size }: HaveMapProps) {
	return (
		<svg role="img" aria-label={t.player.haveMap(formatShare(haveBytes, size))} data-testid="have-map"
			viewBox="0 0 1 1" preserveAspectRatio="none" className="block h-1 w-full rounded-full bg-white/20">
			<path d={pathOf(segmentsOf(pieces, firstPiece, lastPiece))} fill="#63c9c3" />
		</svg>
	);
}
