// Which key does what, wherever the focus is on the watch page.

export type Action =
	| { do: 'playPause' | 'mute' | 'fullscreen' | 'pip' | 'captions' | 'next' | 'debug' | 'help' }
	| { do: 'seekBy'; seconds: number }
	| { do: 'seekTo'; share: number }
	| { do: 'volumeBy'; share: number }
	| { do: 'delayBy'; seconds: number }
	| { do: 'rateBy'; steps: number };

export interface Key {
	key: string;
	shiftKey?: boolean;
	ctrlKey?: boolean;
	altKey?: boolean;
	metaKey?: boolean;
}

export const RATES = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];

const ACTIONS: Record<string, Action> = {
	' ': { do: 'playPause' },
	k: { do: 'playPause' },
	ArrowLeft: { do: 'seekBy', seconds: -10 },
	j: { do: 'seekBy', seconds: -10 },
	ArrowRight: { do: 'seekBy', seconds: 10 },
	l: { do: 'seekBy', seconds: 10 },
	ArrowUp: { do: 'volumeBy', share: 0.05 },
	ArrowDown: { do: 'volumeBy', share: -0.05 },
	m: { do: 'mute' },
	f: { do: 'fullscreen' },
	i: { do: 'pip' },
	c: { do: 'captions' },
	g: { do: 'delayBy', seconds: -0.1 },
	h: { do: 'delayBy', seconds: 0.1 },
	'<': { do: 'rateBy', steps: -1 },
	'>': { do: 'rateBy', steps: 1 },
	n: { do: 'next' },
	d: { do: 'debug' },
	'?': { do: 'help' },
};

const SHIFTED: Record<string, Action> = {
	ArrowLeft: { do: 'seekBy', seconds: -60 },
	ArrowRight: { do: 'seekBy', seconds: 60 },
};

/** Null: the key is none of ours, or belongs to the browser. */
export function actionOf(key: Key): Action | null {
	if (key.ctrlKey || key.altKey || key.metaKey)
		return null;
	if (/^\d$/.test(key.key))
		return { do: 'seekTo', share: Number(key.key) / 10 };
	const name = key.key.length === 1 ? key.key.toLowerCase() : key.key;
	return (key.shiftKey && SHIFTED[name]) || (ACTIONS[name] ?? null);
}

/** Keys mean something else where text is typed and where they move or press a control. */
export function isTakenBy(element: { tagName: string; isContentEditable?: boolean; type?: string; role?: string | null },
	key: string): boolean {
	const tag = element.tagName.toLowerCase();
	if (element.isContentEditable || tag === 'textarea' || tag === 'select')
		return true;
	if (tag === 'input')
		return element.type === 'range' ? key.startsWith('Arrow') : true;
	const isPressed = key === ' ' || key === 'Enter';
	return isPressed && (tag === 'button' || tag === 'a' || tag === 'summary' || tag.startsWith('media-')
		|| element.role === 'button');
}

/** The next faster or slower of the rates. */
export function stepRate(rate: number, steps: number): number {
	const nearest = RATES.reduce((best, candidate, index) =>
		Math.abs(candidate - rate) < Math.abs(RATES[best]! - rate) ? index : best, 0);
	return RATES[Math.max(0, Math.min(RATES.length - 1, nearest + steps))]!;
}
