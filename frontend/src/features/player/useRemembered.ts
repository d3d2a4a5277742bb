import { useEffect } from 'react';
import { isBoolean, isNumberWithin, recall, remember } from '@/shared/remembered';
import { RATES } from './shortcuts';

const isRate = isNumberWithin(RATES[0]!, RATES.at(-1)!);
const isVolume = isNumberWithin(0, 1);

/** Speed and volume of the last film are those of the next. */
export function useRemembered(video: HTMLVideoElement | null, src: string) {
	useEffect(() => {
		if (!video)
			return;
		video.defaultPlaybackRate = video.playbackRate = recall('rate', isRate, 1);
		video.volume = recall('volume', isVolume, 1);
		video.muted = recall('muted', isBoolean, false);
		const onRate = () => {
			video.defaultPlaybackRate = video.playbackRate;
			remember('rate', video.playbackRate);
		};
		const onVolume = () => {
			remember('volume', video.volume);
			remember('muted', video.muted);
		};
		video.addEventListener('ratechange', onRate);
		video.addEventListener('volumechange', onVolume);
		return () => {
			video.removeEventListener('ratechange', onRate);
			video.removeEventListener('volumechange', onVolume);
		};
	}, [video, src]);
}
