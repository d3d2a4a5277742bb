import { useCallback, useEffect, useState } from 'react';
import useSWR from 'swr';
import { addSubtitle, getSubtitles, type Subtitle } from '@/lib/api';
import { recall, remember } from '@/shared/remembered';
import { delayCues, stepDelay as step } from './delay';

export interface Subtitles {
	list: Subtitle[];
	chosen: Subtitle | null;
	choose: (id: string | null) => void;
	/** Off if there are some shown, else the last or first. */
	toggle: () => void;
	add: (file: File) => void;
	delay: number;
	stepDelay: (seconds: number) => void;
	resetDelay: () => void;
	error: { name: string; message: string } | null;
}

const isText = (value: unknown): value is string => typeof value === 'string';
export const isSubtitleName = (name: string) => /\.(?:srt|vtt)$/i.test(name);

/** Those of the torrent and those that were added; which one is shown, and how much later. */
export function useSubtitles(video: HTMLVideoElement | null, infohash: string | null, fileIndex: number | null): Subtitles {
	const isKnown = infohash !== null && fileIndex !== null;
	const { data, mutate } = useSWR(isKnown ? ['subtitles', infohash, fileIndex] as const : null,
		([, hash, index]) => getSubtitles(hash, index), { revalidateOnFocus: false, shouldRetryOnError: false });
	const [chosenId, setChosenId] = useState<string | null>(null);
	const [delay, setDelay] = useState(0);
	const [error, setError] = useState<Subtitles['error']>(null);
	const list = data ?? [];
	const chosen = list.find(subtitle => subtitle.url === chosenId) ?? null;

	useEffect(() => {
		setChosenId(null);
		setDelay(0);
		setError(null);
	}, [infohash, fileIndex]);

	// Who chose a language last time wants it this time too.
	useEffect(() => {
		const language = recall('subtitleLanguage', isText, '');
		const match = language ? data?.find(subtitle => subtitle.language === language) : undefined;
		if (match)
			setChosenId(id => id ?? match.url);
	}, [data]);

	useShown(video, chosen, delay);

	const choose = useCallback((id: string | null) => {
		setChosenId(id);
		remember('subtitleLanguage', data?.find(subtitle => subtitle.url === id)?.language ?? '');
	}, [data]);
	const add = useCallback((file: File) => {
		if (infohash === null || fileIndex === null)
			return;
		setError(null);
		addSubtitle(infohash, fileIndex, file).then(async added => {
			await mutate(known => [...(known ?? []).filter(({ url }) => url !== added.url), added], { revalidate: false });
			setChosenId(added.url);
		}, (reason: Error) => setError({ name: file.name, message: reason.message }));
	}, [infohash, fileIndex, mutate]);

	return {
		list, chosen, choose, add, delay, error,
		toggle: () => choose(chosen ? null : list[0]?.url ?? null),
		stepDelay: useCallback((seconds: number) => setDelay(old => step(old, seconds)), []),
		resetDelay: useCallback(() => setDelay(0), []),
	};
}

/* The tracks are the page's <track> elements, one per subtitle, with its id. */
function useShown(video: HTMLVideoElement | null, chosen: Subtitle | null, delay: number) {
	const id = chosen?.url;
	useEffect(() => {
		const elements = [...video?.querySelectorAll('track') ?? []];
		const shown = elements.find(element => element.id === id);
		for (const element of elements)
			element.track.mode = element === shown ? 'showing' : 'disabled';
		if (!shown)
			return;
		const apply = () => delayCues(shown.track.cues as unknown as Iterable<TextTrackCue> ?? [], delay);
		apply();
		shown.addEventListener('load', apply);
		return () => shown.removeEventListener('load', apply);
	}, [video, id, delay]);
}

