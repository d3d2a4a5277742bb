import { t } from '@/shared/strings';
import { formatRate } from '@/shared/format';

export interface Sample {
	down: number;
	up: number;
}

export const CHART_SECONDS = 120;
const HEIGHT = 40;

const line = (values: number[], peak: number) => values
	.map((value, i) => `${CHART_SECONDS - values.length + 1 + i},${(HEIGHT - 1 - (value / peak) * (HEIGHT - 3)).toFixed(1)}`)
	.join(' ');

export function SpeedChart({ samples }: { samples: Sample[] }) {
	const peak = Math.max(1, ...samples.map(sample => Math.max(sample.down, sample.up)));
	const now = samples.at(-1);
	return (
		<figure>
			<svg role="img" viewBox={`0 0 ${CHART_SECONDS} ${HEIGHT}`} preserveAspectRatio="none"
				aria-label={t.debug.speedChart(formatRate(now?.down ?? 0), formatRate(peak))}
				className="h-20 w-full rounded-lg bg-raised">
				<polyline points={line(samples.map(sample => sample.up), peak)} fill="none" stroke="var(--warn)" strokeWidth="1.5" vectorEffect="non-scaling-stroke" />
				<polyline points={line(samples.map(sample => sample.down), peak)} fill="none" stroke="var(--accent)" strokeWidth="2" vectorEffect="non-scaling-stroke" />
			</svg>
			<figcaption className="mt-1 flex flex-wrap gap-x-4 text-xs text-soft tabular-nums">
				<span><b className="text-accent">▬</b> {t.debug.down} {formatRate(now?.down ?? 0)}</span>
				<span><b className="text-warn">▬</b> {t.debug.up} {formatRate(now?.up ?? 0)}</span>
				<span className="ml-auto">{t.debug.peak(formatRate(peak))}</span>
			</figcaption>
		</figure>
	);
}
