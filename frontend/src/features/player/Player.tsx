import {
	MediaCaptionsButton, MediaControlBar, MediaController, MediaFullscreenButton, MediaMuteButton,
	MediaPipButton, MediaPlayButton, MediaPlaybackRateButton, MediaSeekBackwardButton,
	MediaSeekForwardButton, MediaTimeDisplay, MediaTimeRange, MediaVolumeRange,
} from 'media-chrome/react';
import { useEffect, type ReactNode, type RefObject } from 'react';
import { isNumberWithin, recall, remember } from '@/shared/remembered';
import { t } from '@/shared/strings';
import { RATES } from './shortcuts';

export interface PlayerProps {
	video: RefObject<HTMLVideoElement | null>;
	src: string;
	title: string;
	/** Over the picture: what is waited for. */
	overlay: ReactNode;
	/** Below the timeline: what is here. */
	haveMap: ReactNode;
	/** <track> elements. */
	tracks: ReactNode;
}

/** The controls are media-chrome's; they follow the <video>, which is anybody's to command. */
export default function Player({ video, src, title, overlay, haveMap, tracks }: PlayerProps) {
	useRememberedRate(video, src);
	return (
		<MediaController noHotkeys noSubtitlesLangPref aria-label={`${t.player.region}: ${title}`}
			className="tstream-player block aspect-video max-h-[78dvh] w-full bg-black">
			<video ref={video} slot="media" src={src} autoPlay playsInline preload="auto" className="h-full w-full">
				{tracks}
			</video>
			<div slot="centered-chrome" className="pointer-events-none grid place-items-center p-3" data-noautohide="">
				{overlay}
			</div>
			<div className="tstream-timeline">
				<MediaTimeRange />
				<div className="pointer-events-none px-3 pb-1">{haveMap}</div>
			</div>
			<MediaControlBar className="tstream-bar">
				<MediaPlayButton />
				<MediaSeekBackwardButton seekOffset={10} className="max-sm:hidden" />
				<MediaSeekForwardButton seekOffset={10} className="max-sm:hidden" />
				<MediaMuteButton />
				<MediaVolumeRange className="max-md:hidden" />
				<MediaTimeDisplay showDuration noToggle className="grow justify-start" />
				<MediaCaptionsButton />
				<MediaPlaybackRateButton rates={RATES} className="max-sm:hidden" />
				<MediaPipButton />
				<MediaFullscreenButton />
			</MediaControlBar>
		</MediaController>
	);
}

const isRate = isNumberWithin(RATES[0]!, RATES.at(-1)!);

/* Volume is remembered by media-chrome itself. */
function useRememberedRate(video: RefObject<HTMLVideoElement | null>, src: string) {
	useEffect(() => {
		const media = video.current;
		if (!media)
			return;
		media.defaultPlaybackRate = media.playbackRate = recall('rate', isRate, 1);
		const onRate = () => {
			media.defaultPlaybackRate = media.playbackRate;
			remember('rate', media.playbackRate);
		};
		media.addEventListener('ratechange', onRate);
		return () => media.removeEventListener('ratechange', onRate);
	}, [video, src]);
}
