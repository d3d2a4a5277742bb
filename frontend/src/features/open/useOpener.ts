import { useRouter } from 'next/router';
import { useCallback, useMemo, useState } from 'react';
import { openTorrent, resolveResult, uploadTorrent } from '@/lib/api';
import { t } from '@/shared/strings';

const MAX_TORRENT_BYTES = 10 * 1024 * 1024;

export interface Opener {
	openMagnet: (magnet: string) => void;
	openUrl: (url: string) => void;
	openFile: (file: File) => void;
	/** A search result that only its provider knows how to get. */
	openResult: (id: string) => void;
	complain: (message: string) => void;
	isOpening: boolean;
	error: string | null;
}

export const watchPath = (name: { magnet: string } | { infohash: string }, file?: number) =>
	`/watch?${new URLSearchParams({ ...name, ...(file === undefined ? {} : { file: String(file) }) })}`;

/** Ways to name a torrent, all of which lead to the watch page. */
export function useOpener(): Opener {
	const { push } = useRouter();
	const [isOpening, setIsOpening] = useState(false);
	const [error, setError] = useState<string | null>(null);

	const begin = useCallback(async (open: () => Promise<string>) => {
		setIsOpening(true);
		setError(null);
		try {
			await push(await open());
		} catch (reason) {
			setError((reason as Error).message);
		} finally {
			setIsOpening(false);
		}
	}, [push]);

	return useMemo(() => ({
		isOpening, error,
		complain: setError,
		// Opened here, so that a magnet that is none is said to be so where it was pasted.
		openMagnet: magnet => void begin(async () => {
			const torrent = await openTorrent({ magnet });
			return watchPath({ magnet: torrent.magnet ?? magnet });
		}),
		openUrl: url => void begin(async () => watchPath({ infohash: (await openTorrent({ url })).infohash })),
		openResult: id => void begin(async () => watchPath(await resolveResult(id))),
		openFile: file => void begin(async () => {
			if (!/\.torrent$/i.test(file.name) || file.size > MAX_TORRENT_BYTES)
				throw new Error(t.open.notATorrent(file.name));
			return watchPath({ infohash: (await uploadTorrent(file)).infohash });
		}),
	}), [begin, error, isOpening]);
}
