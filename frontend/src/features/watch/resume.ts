// Whether to begin where somebody stopped.

const MIN_SECONDS = 5;
const NEAR_END_SHARE = 0.95;

/** Seconds to resume at; null: at the beginning, for so little or nearly all was seen. */
export function resumeAt(positionSeconds: number | null, durationSeconds: number): number | null {
	if (positionSeconds === null || positionSeconds < MIN_SECONDS)
		return null;
	if (Number.isFinite(durationSeconds) && positionSeconds > durationSeconds * NEAR_END_SHARE)
		return null;
	return positionSeconds;
}
