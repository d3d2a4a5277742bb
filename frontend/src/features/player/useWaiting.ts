import { useEffect, useState } from 'react';

export interface PlayerFacts {
	/** Nothing can be shown at this moment, and it ought to be. */
	isWaiting: boolean;
	/** Once there was a picture. */
	hasStarted: boolean;
	stallCount: number;
	stallMs: number;
	/** From the first wish to play to the first picture. */
	firstFrameMs: number | null;
}

const START: PlayerFacts = { isWaiting: true, hasStarted: false, stallCount: 0, stallMs: 0, firstFrameMs: null };

/** Follows what the viewer sees: waiting for the first picture, playing, stalling. */
export function useWaiting(video: HTMLVideoElement | null, src: string): PlayerFacts {
	const [facts, setFacts] = useState(START);

	useEffect(() => {
		const media = video;
		if (!media)
			return;
		const beganAt = performance.now();
		let stalledAt: number | null = null;
		setFacts(START);

		const onWaiting = () => {
			// A seek waits because the viewer asked for it: it is no stall.
			const isStall = !media.seeking && media.readyState < media.HAVE_FUTURE_DATA && media.currentTime > 0;
			stalledAt = isStall ? performance.now() : null;
			setFacts(old => ({ ...old, isWaiting: true, stallCount: old.stallCount + (isStall && old.hasStarted ? 1 : 0) }));
		};
		const onReady = () => {
			const stalledMs = stalledAt === null ? 0 : performance.now() - stalledAt;
			stalledAt = null;
			setFacts(old => ({
				...old, isWaiting: false, hasStarted: true,
				stallMs: old.stallMs + (old.hasStarted ? stalledMs : 0),
				firstFrameMs: old.firstFrameMs ?? performance.now() - beganAt,
			}));
		};
		const handlers: [string, () => void][] = [
			['waiting', onWaiting], ['seeking', onWaiting], ['emptied', onWaiting],
			['playing', onReady], ['canplay', onReady], ['loadeddata', onReady],
		];
		for (const [name, handler] of handlers)
			media.addEventListener(name, handler);
		return () => {
			for (const [name, handler] of handlers)
				media.removeEventListener(name, handler);
		};
	}, [video, src]);
	return facts;
}
