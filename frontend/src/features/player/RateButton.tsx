import { useEffect, useState } from 'react';
import { t } from '@/shared/strings';
import { RATES } from './shortcuts';

/** From one speed to the next, and from the fastest to the slowest. */
export function RateButton({ video }: { video: HTMLVideoElement | null }) {
	const [rate, setRate] = useState(1);
	useEffect(() => {
		if (!video)
			return;
		const onRate = () => setRate(video.playbackRate);
		onRate();
		video.addEventListener('ratechange', onRate);
		return () => video.removeEventListener('ratechange', onRate);
	}, [video]);
	const turn = () => {
		if (video)
			video.playbackRate = RATES[(RATES.indexOf(rate) + 1) % RATES.length]!;
	};
	return (
		<button type="button" onClick={turn} aria-label={t.player.rate(rate)} title={t.player.speed}
			className="min-h-11 min-w-12 px-2 text-sm font-semibold tabular-nums hover:bg-white/16 focus-visible:-outline-offset-2 max-sm:hidden">
			{t.player.rateShort(rate)}
		</button>
	);
}
