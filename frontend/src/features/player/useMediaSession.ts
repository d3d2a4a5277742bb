import { useEffect } from 'react';

interface MediaSessionOptions {
	title: string;
	album: string;
	onNext?: () => void;
}

const SEEK_SECONDS = 10;

/** Media keys, lock screens and headsets. */
export function useMediaSession(video: HTMLVideoElement | null, { title, album, onNext }: MediaSessionOptions) {
	useEffect(() => {
		if (!('mediaSession' in navigator))
			return;
		const session = navigator.mediaSession;
		const seekBy = (seconds: number) => {
			if (video)
				video.currentTime += seconds;
		};
		const handlers: [MediaSessionAction, MediaSessionActionHandler | null][] = [
			['play', () => void video?.play()],
			['pause', () => video?.pause()],
			['seekbackward', details => seekBy(-(details.seekOffset ?? SEEK_SECONDS))],
			['seekforward', details => seekBy(details.seekOffset ?? SEEK_SECONDS)],
			['seekto', details => {
				if (video && details.seekTime !== undefined && details.seekTime !== null)
					video.currentTime = details.seekTime;
			}],
			['nexttrack', onNext ?? null],
		];
		session.metadata = new MediaMetadata({ title, album });
		for (const [action, handler] of handlers)
			session.setActionHandler(action, handler);
		return () => {
			session.metadata = null;
			for (const [action] of handlers)
				session.setActionHandler(action, null);
		};
	}, [video, title, album, onNext]);
}
