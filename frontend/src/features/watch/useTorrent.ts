import { useCallback, useEffect, useState } from 'react';
import { ApiError, followTorrent, getTorrent, openTorrent, type Stats, type Torrent, type TorrentName } from '@/lib/api';
import { magnetOf } from '@/shared/torrentText';

const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 4000;

export interface OpenTorrent {
	torrent: Torrent | null;
	stats: Stats | null;
	/** The server cannot be reached; tries go on. */
	isLost: boolean;
	isRemoved: boolean;
	/** Why it cannot be opened at all. */
	error: Error | null;
	retry: () => void;
	refresh: () => void;
}

async function open(name: TorrentName): Promise<Torrent> {
	if ('magnet' in name)
		return openTorrent(name);
	try {
		return await getTorrent(name.infohash);
	} catch (error) {
		if (error instanceof ApiError && error.status === 404)
			return openTorrent({ magnet: magnetOf(name.infohash) });
		throw error;
	}
}

const isPassing = (error: unknown) =>
	error instanceof ApiError && (error.status === 0 || error.status === 503);

/** Opens a torrent and keeps what is known about it fresh, also across the server's restarts. */
export function useTorrent(name: TorrentName | null): OpenTorrent {
	const [torrent, setTorrent] = useState<Torrent | null>(null);
	const [stats, setStats] = useState<Stats | null>(null);
	const [isLost, setIsLost] = useState(false);
	const [isRemoved, setIsRemoved] = useState(false);
	const [error, setError] = useState<Error | null>(null);
	const [attempt, setAttempt] = useState(0);
	const key = name && JSON.stringify(name);

	useEffect(() => {
		setTorrent(null);
		setStats(null);
		setIsRemoved(false);
	}, [key]);

	useEffect(() => {
		if (!key)
			return;
		let isCurrent = true;
		let stop = () => {};
		let timer: ReturnType<typeof setTimeout> | undefined;
		let delay = FIRST_RETRY_MS;

		const tryAgain = () => {
			if (!isCurrent)
				return;
			setIsLost(true);
			timer = setTimeout(run, delay);
			delay = Math.min(delay * 2, MAX_RETRY_MS);
		};
		const run = async () => {
			try {
				const opened = await open(JSON.parse(key) as TorrentName);
				if (!isCurrent)
					return;
				setTorrent(opened);
				stop = followTorrent(opened.infohash, {
					onStats: fresh => {
						delay = FIRST_RETRY_MS;
						setIsLost(false);
						setStats(fresh);
					},
					onRemoved: () => setIsRemoved(true),
					onLost: tryAgain,
				});
			} catch (reason) {
				if (isPassing(reason))
					tryAgain();
				else if (isCurrent)
					setError(reason as Error);
			}
		};

		setError(null);
		void run();
		return () => {
			isCurrent = false;
			clearTimeout(timer);
			stop();
		};
	}, [key, attempt]);

	const infohash = torrent?.infohash;
	const refresh = useCallback(() => {
		if (infohash)
			getTorrent(infohash).then(setTorrent, () => {}); // the events tell when the server is gone
	}, [infohash]);
	useFiles(torrent, stats, refresh);
	const retry = useCallback(() => setAttempt(count => count + 1), []);
	return { torrent, stats, isLost, isRemoved, error, retry, refresh };
}

const REFRESH_MS = 3000;
const REFRESH_MANY_MS = 15_000;
const MANY_FILES = 500;

/** The files once they are known, and their progress while that grows. */
function useFiles(torrent: Torrent | null, stats: Stats | null, refresh: () => void) {
	const hasMetadata = stats !== null && stats.state !== 'metadata';
	const lacksFiles = torrent !== null && torrent.files.length === 0;
	const isBehind = torrent !== null && stats !== null && stats.have_bytes !== torrent.have_bytes;

	useEffect(() => {
		if (hasMetadata && lacksFiles)
			refresh();
	}, [hasMetadata, lacksFiles, refresh]);

	const period = torrent && torrent.files.length > MANY_FILES ? REFRESH_MANY_MS : REFRESH_MS;
	useEffect(() => {
		if (!isBehind)
			return;
		const timer = setInterval(refresh, period);
		return () => clearInterval(timer);
	}, [isBehind, period, refresh]);
}
