// Which parts of a file are here, from the torrent's piece map.

export interface PieceMap {
	/** Pieces that one character stands for. */
	per_character: number;
	/** '3' is here; see Stats in openapi.yaml. */
	map: string;
}

/** Shares of the file, 0 to 1. */
export interface Segment {
	start: number;
	end: number;
}

const HAVE = '3';

/** The parts of pieces first..last that are here, in order, without touching neighbours. */
export function segmentsOf(pieces: PieceMap, first: number, last: number): Segment[] {
	const count = last - first + 1;
	const segments: Segment[] = [];
	const begin = Math.floor(first / pieces.per_character);
	const end = Math.min(pieces.map.length - 1, Math.floor(last / pieces.per_character));
	for (let i = begin; i <= end; i++) {
		if (pieces.map[i] !== HAVE)
			continue;
		const from = Math.max(first, i * pieces.per_character);
		const to = Math.min(last + 1, (i + 1) * pieces.per_character);
		const segment = { start: (from - first) / count, end: (to - first) / count };
		const previous = segments.at(-1);
		if (previous && previous.end >= segment.start)
			previous.end = segment.end;
		else
			segments.push(segment);
	}
	return segments;
}

/** As the path of an SVG that is 1 wide and 1 high. */
export function pathOf(segments: Segment[]): string {
	return segments.map(({ start, end }) => `M${round(start)} 0H${round(end)}V1H${round(start)}Z`).join('');
}

const round = (value: number) => Math.round(value * 1e5) / 1e5;
