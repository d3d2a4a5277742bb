// What to play, and what comes next.

export interface Playable {
	index: number;
	path: string;
	name: string;
	media_kind: string;
	is_playable: boolean;
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
const SAMPLE = /(?:^|[^a-z])sample(?:[^a-z]|$)/i;

/** Files of one kind in the order people count: E2 before E10. */
export function episodesOf<F extends Playable>(files: F[], kind: string): F[] {
	return files.filter(file => file.is_playable && file.media_kind === kind && !SAMPLE.test(file.name))
		.sort((a, b) => collator.compare(a.path, b.path));
}

export function nextEpisode<F extends Playable>(files: F[], current: F): F | null {
	const episodes = episodesOf(files, current.media_kind);
	const at = episodes.findIndex(file => file.index === current.index);
	return at >= 0 ? episodes[at + 1] ?? null : null;
}

/** The one asked for, else the server's choice, else the first that plays. */
export function fileToPlay<F extends Playable>(files: F[], asked: number | null, preferred: number | null | undefined): F | null {
	const find = (index: number | null | undefined) =>
		index === null || index === undefined ? undefined : files.find(file => file.index === index);
	return find(asked) ?? find(preferred) ?? files.find(file => file.is_playable) ?? null;
}
