import { useCallback, useEffect, useRef, useState } from 'react';
import { getResume, recordWatch, setPosition } from '@/lib/api';

const SAVE_PERIOD_MS = 10_000;
/** Less than this is looking, not watching. */
const MIN_SECONDS = 3;

interface ResumeOptions {
	infohash: string | null;
	/** Null: nothing that can be played. */
	fileIndex: number | null;
	title: string;
}

export interface Resume {
	/** Seconds at which it was resumed; null: it began at the beginning. */
	resumedAt: number | null;
	startOver: () => void;
	dismiss: () => void;
}

/* Tells the server where the viewer is: first makes an entry, then moves it. */
function makeSaver(media: HTMLVideoElement, options: () => ResumeOptions) {
	let id: Promise<string> | null = null;
	return (isLeaving: boolean) => {
		const { infohash, fileIndex, title } = options();
		const at = { position: media.currentTime, duration: media.duration };
		if (infohash === null || fileIndex === null || media.readyState < media.HAVE_METADATA || at.position < MIN_SECONDS)
			return;
		if (id === null) {
			id = recordWatch({ infohash, fileIndex, title }, at);
			id.catch(() => { id = null; }); // the next save tries again
		} else {
			// Where one was is convenience: that it could not be kept is not worth a message.
			id.then(known => setPosition(known, at, isLeaving)).catch(() => {});
		}
	};
}

/** Resolves when the video can be told where to go. */
function whenSeekable(media: HTMLVideoElement): Promise<void> {
	return media.readyState >= media.HAVE_METADATA
		? Promise.resolve()
		: new Promise(resolve => media.addEventListener('loadedmetadata', () => resolve(), { once: true }));
}

/** Begins where this viewer stopped, and tells the server where that is. */
export function useResume(video: HTMLVideoElement | null, options: ResumeOptions): Resume {
	const { infohash, fileIndex } = options;
	const [resumedAt, setResumedAt] = useState<number | null>(null);
	const latest = useRef(options);
	latest.current = options;

	useEffect(() => {
		setResumedAt(null);
		const media = video;
		if (!media || infohash === null || fileIndex === null)
			return;
		let isCurrent = true;
		let hasSought = false;
		let hasBegun = false;
		const save = makeSaver(media, () => ({ ...latest.current, infohash, fileIndex }));

		const begin = async () => {
			const [at] = await Promise.all([getResume(infohash, fileIndex).catch(() => 0), whenSeekable(media)]);
			// Who seeks before the answer is here wants to be there.
			if (isCurrent && at > 0 && !hasSought) {
				media.currentTime = at;
				setResumedAt(at);
			}
			hasBegun = true;
		};
		const saveIfBegun = (isLeaving: boolean) => {
			if (hasBegun)
				save(isLeaving);
		};
		const onSeeking = () => { hasSought ||= !hasBegun; };
		const onPause = () => saveIfBegun(false);
		const onLeave = () => saveIfBegun(true);
		const timer = setInterval(() => {
			if (!media.paused)
				saveIfBegun(false);
		}, SAVE_PERIOD_MS);
		const first = () => {
			if (media.currentTime < MIN_SECONDS || !hasBegun)
				return;
			media.removeEventListener('timeupdate', first);
			save(false);
		};

		void begin();
		media.addEventListener('seeking', onSeeking);
		media.addEventListener('pause', onPause);
		media.addEventListener('timeupdate', first);
		addEventListener('pagehide', onLeave);
		return () => {
			onLeave();
			isCurrent = false;
			clearInterval(timer);
			media.removeEventListener('seeking', onSeeking);
			media.removeEventListener('pause', onPause);
			media.removeEventListener('timeupdate', first);
			removeEventListener('pagehide', onLeave);
		};
	}, [video, infohash, fileIndex]);

	const dismiss = useCallback(() => setResumedAt(null), []);
	const startOver = useCallback(() => {
		if (video)
			video.currentTime = 0;
		setResumedAt(null);
	}, [video]);
	return { resumedAt, startOver, dismiss };
}
