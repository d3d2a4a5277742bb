// Small choices that outlive the page.  Storage may be full or forbidden: then they do not.

const PREFIX = 'tstream.';

export function remember(key: string, value: unknown): void {
	try {
		localStorage.setItem(PREFIX + key, JSON.stringify(value));
	} catch {
		// It is only convenience.
	}
}

/** What was stored, if it passes the check; else the fallback. */
export function recall<T>(key: string, isValid: (value: unknown) => value is T, fallback: T): T {
	try {
		const value: unknown = JSON.parse(localStorage.getItem(PREFIX + key) ?? 'null');
		return isValid(value) ? value : fallback;
	} catch {
		return fallback;
	}
}

export const isNumberWithin = (min: number, max: number) =>
	(value: unknown): value is number => typeof value === 'number' && value >= min && value <= max;

export const isOneOf = <T extends string>(...words: T[]) =>
	(value: unknown): value is T => words.includes(value as T);

export const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';
