import { addTranslation } from 'media-chrome/dist/utils/i18n.js';
import {
	MediaCaptionsButton, MediaControlBar, MediaController, MediaFullscreenButton, MediaMuteButton,
	MediaPipButton, MediaPlayButton, MediaSeekBackwardButton,
	MediaSeekForwardButton, MediaTimeDisplay, MediaTimeRange, MediaVolumeRange,
} from 'media-chrome/react';
import type { ReactNode, Ref } from 'react';
import { t } from '@/shared/strings';

export interface PlayerProps {
	videoRef: Ref<HTMLVideoElement>;
	src: string;
	title: string;
	/** Over the picture: what is waited for. */
	overlay: ReactNode;
	/** Below the timeline: what is here. */
	haveMap: ReactNode;
	rateButton: ReactNode;
	/** <track> elements. */
	tracks: ReactNode;
}

/* Of all languages that a browser may ask for it has this one only, as the rest of the page. */
addTranslation('en', t.controls);

/* It tells whether it is on, which the plain button that it says it is cannot. */
const asSwitch = (element: Element | null) => element?.setAttribute('role', 'switch');

/* An attribute that media-chrome looks for and React's types do not know. */
const ALWAYS_SHOWN = { noautohide: '' };

/** The controls are media-chrome's; they follow the <video>, which is anybody's to command. */
export default function Player({ videoRef, src, title, overlay, haveMap, rateButton, tracks }: PlayerProps) {
	return (
		<MediaController noHotkeys noSubtitlesLangPref noVolumePref noMutedPref aria-label={`${t.player.region}: ${title}`}
			className="tstream-player block aspect-video max-h-[78dvh] w-full bg-black">
			<video ref={videoRef} slot="media" src={src} autoPlay playsInline preload="auto" className="h-full w-full">
				{tracks}
			</video>
			<div slot="centered-chrome" className="pointer-events-none grid place-items-center p-3" {...ALWAYS_SHOWN}>
				{overlay}
			</div>
			<div className="tstream-timeline">
				<MediaTimeRange />
				<div className="pointer-events-none px-[22px] pb-1">{haveMap}</div>
			</div>
			<MediaControlBar className="tstream-bar">
				<MediaPlayButton />
				<MediaSeekBackwardButton seekOffset={10} className="max-sm:hidden" />
				<MediaSeekForwardButton seekOffset={10} className="max-sm:hidden" />
				<MediaMuteButton />
				<MediaVolumeRange className="max-md:hidden" />
				<MediaTimeDisplay showDuration noToggle className="grow justify-start" />
				<MediaCaptionsButton ref={asSwitch} />
				{rateButton}
				<MediaPipButton />
				<MediaFullscreenButton />
			</MediaControlBar>
		</MediaController>
	);
}
