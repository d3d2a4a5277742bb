import { useEffect } from 'react';
import { isNumberWithin, recall, remember } from '@/shared/remembered';
import { RATES } from './shortcuts';

const isRate = isNumberWithin(RATES[0]!, RATES.at(-1)!);

/** The speed of the last film is that of the next.  Volume is remembered by media-chrome itself. */
export function useRememberedRate(video: HTMLVideoElement | null, src: string) {
	useEffect(() => {
		if (!video)
			return;
		video.defaultPlaybackRate = video.playbackRate = recall('rate', isRate, 1);
		const onRate = () => {
			video.defaultPlaybackRate = video.playbackRate;
			remember('rate', video.playbackRate);
		};
		video.addEventListener('ratechange', onRate);
		return () => video.removeEventListener('ratechange', onRate);
	}, [video, src]);
}
