import { useCallback, useEffect, useRef, useState, type RefObject } from 'react';
import { getPosition, savePosition } from '@/lib/api';
import { resumeAt } from './resume';

const SAVE_PERIOD_MS = 10_000;

interface ResumeOptions {
	infohash: string | null;
	magnet: string | null;
	fileIndex: number | null;
	title: string;
}

export interface Resume {
	/** Seconds at which it was resumed; null: it began at the beginning. */
	resumedAt: number | null;
	startOver: () => void;
	dismiss: () => void;
}

/** Begins where this viewer stopped, and tells the server where that is. */
export function useResume(video: RefObject<HTMLVideoElement | null>, options: ResumeOptions): Resume {
	const { infohash, fileIndex } = options;
	const [resumedAt, setResumedAt] = useState<number | null>(null);
	const latest = useRef(options);
	latest.current = options;

	useEffect(() => {
		setResumedAt(null);
		const media = video.current;
		if (!media || infohash === null || fileIndex === null)
			return;
		let isCurrent = true;
		let mayResume = true;
		let mayWrite = false;

		const whenSeekable = () => new Promise<void>(resolve => {
			if (media.readyState >= media.HAVE_METADATA)
				resolve();
			else
				media.addEventListener('loadedmetadata', () => resolve(), { once: true });
		});
		const begin = async () => {
			const [saved] = await Promise.all([getPosition(infohash, fileIndex).catch(() => null), whenSeekable()]);
			if (!isCurrent)
				return;
			const at = saved === null ? null : resumeAt(saved.position_s, media.duration);
			if (at !== null && mayResume) {
				media.currentTime = at;
				setResumedAt(at);
			}
			mayWrite = true;
		};
		const save = (isLeaving = false) => {
			const { magnet, title } = latest.current;
			if (!mayWrite || media.readyState < media.HAVE_METADATA || media.currentTime < 1)
				return;
			void savePosition({ infohash, magnet, title, fileIndex, position: media.currentTime, duration: media.duration }, isLeaving);
		};
		// Who seeks before the answer is here wants to be there.
		const onSeeking = () => {
			if (!mayWrite && media.currentTime > 1)
				mayResume = false;
		};
		const onPause = () => save();
		const onLeave = () => save(true);
		const timer = setInterval(() => {
			if (!media.paused)
				save();
		}, SAVE_PERIOD_MS);

		void begin();
		media.addEventListener('seeking', onSeeking);
		media.addEventListener('pause', onPause);
		addEventListener('pagehide', onLeave);
		return () => {
			onLeave();
			isCurrent = false;
			clearInterval(timer);
			media.removeEventListener('seeking', onSeeking);
			media.removeEventListener('pause', onPause);
			removeEventListener('pagehide', onLeave);
		};
	}, [video, infohash, fileIndex]);

	const dismiss = useCallback(() => setResumedAt(null), []);
	const startOver = useCallback(() => {
		if (video.current)
			video.current.currentTime = 0;
		setResumedAt(null);
	}, [video]);
	return { resumedAt, startOver, dismiss };
}
