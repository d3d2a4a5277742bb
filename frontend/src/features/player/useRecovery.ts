import { useEffect, useRef, useState } from 'react';
import { isServerUp } from '@/lib/api';
import { probeStream, type Probe } from '@/lib/probe';

export type Failure =
	| { kind: 'unsupported' }
	/** The server says why it cannot be streamed. */
	| { kind: 'refused'; message: string };

const FIRST_RETRY_MS = 400;
const MAX_RETRY_MS = 3000;
/** More failures in a row, without a second played in between, are no accident of the network. */
const MAX_DECODE_FAILURES = 2;
/* Before the first picture <video> calls all that goes wrong a wrong format: only what goes wrong
 * again, once the server has answered, is one. */
const MAX_FIRST_FAILURES = 1;

/**
 * Plays on after the stream was interrupted: waits until the server answers, loads the file again
 * and goes to where it was.
 */
export function useRecovery(video: HTMLVideoElement | null, src: string) {
	const [isRecovering, setIsRecovering] = useState(false);
	const [failure, setFailure] = useState<Failure | null>(null);
	const [attempt, setAttempt] = useState(0);
	const at = useRef({ time: 0, wantsPlay: true, decodeFailures: 0 });

	useEffect(() => {
		at.current = { time: 0, wantsPlay: true, decodeFailures: 0 };
		setFailure(null);
		setIsRecovering(false);
	}, [src]);

	useEffect(() => {
		const media = video;
		if (!media || !src)
			return;
		let isCurrent = true;
		let timer: ReturnType<typeof setTimeout> | undefined;
		let delay = FIRST_RETRY_MS;

		const reload = () => {
			media.load();
			const { time, wantsPlay } = at.current;
			media.addEventListener('loadedmetadata', () => {
				if (!isCurrent)
					return; // another film by now
				if (time > 0)
					media.currentTime = time;
				setIsRecovering(false);
				delay = FIRST_RETRY_MS;
			}, { once: true });
			if (wantsPlay)
				media.play().catch(() => {}); // the person may have to press play
		};
		const later = () => {
			timer = setTimeout(tryAgain, delay);
			delay = Math.min(delay * 2, MAX_RETRY_MS);
		};
		const tryAgain = async () => {
			const answer: Probe = await isServerUp() ? await probeStream(src) : { kind: 'later' };
			if (!isCurrent)
				return;
			const { time, decodeFailures } = at.current;
			if (answer.kind === 'refused') {
				setIsRecovering(false);
				setFailure(answer);
			} else if (answer.kind === 'later') {
				at.current.decodeFailures = 0; // there was nothing to decode
				later();
			} else if (decodeFailures > (time > 0 ? MAX_DECODE_FAILURES : MAX_FIRST_FAILURES)) {
				setIsRecovering(false);
				setFailure({ kind: 'unsupported' });
			} else {
				reload();
			}
		};
		const onError = () => {
			const code = media.error?.code;
			if (code === MediaError.MEDIA_ERR_ABORTED)
				return;
			// What cannot be decoded cannot be decoded tomorrow, but a broken connection can look alike.
			if (code !== MediaError.MEDIA_ERR_NETWORK)
				at.current.decodeFailures++;
			setIsRecovering(true);
			clearTimeout(timer);
			void tryAgain();
		};
		const onProgress = () => {
			if (media.error || media.readyState < media.HAVE_CURRENT_DATA || media.seeking)
				return;
			if (media.currentTime > at.current.time + 1)
				at.current.decodeFailures = 0;
			at.current.time = media.currentTime;
		};
		const onPlay = () => { at.current.wantsPlay = true; };
		const onPause = () => {
			if (!media.error)
				at.current.wantsPlay = false;
		};
		const onSeeking = () => { at.current.time = media.currentTime; };

		const handlers: [string, () => void][] = [
			['error', onError], ['timeupdate', onProgress], ['play', onPlay], ['pause', onPause],
			['seeking', onSeeking],
		];
		for (const [name, handler] of handlers)
			media.addEventListener(name, handler);
		return () => {
			isCurrent = false;
			clearTimeout(timer);
			for (const [name, handler] of handlers)
				media.removeEventListener(name, handler);
		};
	}, [video, src, attempt]);

	const retry = () => {
		setFailure(null);
		at.current.decodeFailures = 0;
		setAttempt(count => count + 1);
		video?.load();
	};
	return { isRecovering, failure, retry };
}
