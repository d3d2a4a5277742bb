import { useEffect, useRef } from 'react';
import type { Stats } from '@/lib/api';
import { t } from '@/shared/strings';

const CELL = 6;
const GAP = 1;
const STATES = ['missing', 'wanted', 'busy', 'have'] as const;
const COLOURS = { missing: '--line', wanted: '--warn', busy: '--edge', have: '--accent' } as const;

/** A square for each character of the piece map, in reading order. */
export function PieceMap({ stats }: { stats: Stats }) {
	const canvas = useRef<HTMLCanvasElement>(null);
	const { map } = stats.pieces;

	useEffect(() => {
		const element = canvas.current;
		if (!element)
			return;
		const draw = () => paint(element, map);
		const observer = new ResizeObserver(draw);
		observer.observe(element.parentElement!);
		return () => observer.disconnect();
	}, [map]);

	return (
		<figure>
			<canvas ref={canvas} role="img" className="block max-w-full"
				aria-label={t.debug.pieceMap(stats.have_piece_count, stats.piece_count)} />
			<figcaption className="mt-1.5 flex flex-wrap gap-x-4 gap-y-1 text-xs text-soft">
				{[...STATES].reverse().map(state => (
					<span key={state} className="inline-flex items-center gap-1.5">
						<i aria-hidden className="inline-block size-2.5 rounded-xs" style={{ background: `var(${COLOURS[state]})` }} />
						{t.debug.legend[state]}
					</span>
				))}
			</figcaption>
		</figure>
	);
}

function paint(canvas: HTMLCanvasElement, map: string) {
	const width = canvas.parentElement!.clientWidth;
	const columns = Math.max(1, Math.floor((width + GAP) / (CELL + GAP)));
	const rows = Math.max(1, Math.ceil(map.length / columns));
	const height = rows * (CELL + GAP) - GAP;
	const scale = window.devicePixelRatio || 1;
	canvas.width = width * scale;
	canvas.height = height * scale;
	canvas.style.width = `${width}px`;
	canvas.style.height = `${height}px`;
	const context = canvas.getContext('2d');
	if (!context)
		return;
	const style = getComputedStyle(canvas);
	const colours = STATES.map(state => style.getPropertyValue(COLOURS[state]));
	context.scale(scale, scale);
	for (let i = 0; i < map.length; i++) {
		context.fillStyle = colours[Number(map[i])] ?? '';
		context.fillRect((i % columns) * (CELL + GAP), Math.floor(i / columns) * (CELL + GAP), CELL, CELL);
	}
}
