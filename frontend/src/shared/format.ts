// Figures as people read them.

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

export function formatBytes(bytes: number): string {
	let value = bytes;
	let unit = 0;
	// 999.95 kB would be printed as 1000.0 kB.
	while (value >= 999.5 && unit < UNITS.length - 1) {
		value /= 1000;
		unit++;
	}
	const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
	return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

export function formatRate(bytesPerSecond: number): string {
	return `${formatBytes(bytesPerSecond)}/s`;
}

/** 3725 is "1:02:05", 65 is "1:05". */
export function formatTime(seconds: number): string {
	if (!Number.isFinite(seconds) || seconds < 0)
		return '0:00';
	const whole = Math.floor(seconds);
	const parts = [Math.floor(whole / 60) % 60, whole % 60];
	const hours = Math.floor(whole / 3600);
	const [minutes, rest] = parts.map(part => String(part).padStart(2, '0'));
	return hours > 0 ? `${hours}:${minutes}:${rest}` : `${Number(minutes)}:${rest}`;
}

/** 0.4 is 40 %; never 100 % before it is complete. */
export function formatShare(part: number, whole: number): string {
	if (whole <= 0)
		return '0 %';
	const percent = part >= whole ? 100 : Math.min(99, Math.floor((part / whole) * 100));
	return `${percent} %`;
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
	['year', 31_557_600], ['month', 2_629_800], ['week', 604_800], ['day', 86_400], ['hour', 3600],
	['minute', 60],
];

/** "3 hours ago", "yesterday". */
export function formatAgo(then: Date, now: Date, locale = 'en'): string {
	const seconds = (now.getTime() - then.getTime()) / 1000;
	const words = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
	for (const [unit, size] of STEPS) {
		if (seconds >= size)
			return words.format(-Math.floor(seconds / size), unit);
	}
	return words.format(0, 'minute').replace(/^this minute$/, 'just now');
}
