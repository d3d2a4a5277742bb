// Subtitles shown earlier or later, by moving the cues of a text track.

export interface Times {
	startTime: number;
	endTime: number;
}

/* Where a cue was before any delay: moving a moved cue would add up errors and clamps. */
const originals = new WeakMap<object, Times>();

/** A cue that would end before the film begins is put where nobody sees it. */
const NEVER = { startTime: 0, endTime: 0 };

export function delayed(original: Times, delaySeconds: number): Times {
	const endTime = original.endTime + delaySeconds;
	return endTime <= 0 ? NEVER : { startTime: Math.max(0, original.startTime + delaySeconds), endTime };
}

export function delayCues(cues: Iterable<Times & object>, delaySeconds: number): void {
	for (const cue of cues) {
		const original = originals.get(cue) ?? { startTime: cue.startTime, endTime: cue.endTime };
		originals.set(cue, original);
		const { startTime, endTime } = delayed(original, delaySeconds);
		// A cue may not end before it starts, at no moment.
		if (startTime > cue.endTime) {
			cue.endTime = endTime;
			cue.startTime = startTime;
		} else {
			cue.startTime = startTime;
			cue.endTime = endTime;
		}
	}
}

export const MAX_DELAY_SECONDS = 600;

/** To tenths, within bounds. */
export function stepDelay(delaySeconds: number, stepSeconds: number): number {
	const next = Math.round((delaySeconds + stepSeconds) * 10) / 10;
	return Math.max(-MAX_DELAY_SECONDS, Math.min(MAX_DELAY_SECONDS, next));
}
