// The one place that knows the server's HTTP API.  Types come from docs/openapi.yaml by way of
// generated/openapi.ts, which each build makes anew.

import { listen } from './events';
import { getJson, request, sendJson } from './http';
import type { components } from '../../generated/openapi';
import { t } from '@/shared/strings';

export { ApiError } from './http';

type Schemas = components['schemas'];
export type Torrent = Schemas['Torrent'] & Partial<Schemas['TorrentSummary']>;
export type TorrentFile = Schemas['File'];
export type Stats = Schemas['Stats'];
export type Peer = Schemas['Peer'];
export type Reader = Schemas['Reader'];
export type WaitingFor = Stats['waiting']['for'];
export type Health = Schemas['Health'];
export type HistoryEntry = Schemas['HistoryEntry'];
export type HistoryPage = Schemas['HistoryPage'];
export type PopularFilm = Schemas['Popular']['films'][number];
export type Account = Schemas['Account'];
export type Subtitle = Schemas['Subtitle'];
export type SearchResult = Schemas['SearchResult'];
export type SearchAnswer = Schemas['SearchAnswer'];
export type ProviderState = Schemas['Provider'];
export type Login = Schemas['Logins']['logins'][number];
export type Credentials = Schemas['Credentials'];

const TORRENT_TYPE = 'application/x-bittorrent';

/** How a page names a torrent: by a magnet, or by the infohash of one that the server knows. */
export type TorrentName = { magnet: string } | { infohash: string };

function query(parameters: Record<string, string | number | undefined>): string {
	const list = Object.entries(parameters).filter(([, value]) => value !== undefined);
	return new URLSearchParams(list.map(([name, value]) => [name, String(value)])).toString();
}

const torrentPath = (infohash: string) => `/api/torrents/${encodeURIComponent(infohash)}`;

// Torrents

export function openTorrent(source: { magnet: string } | { url: string }): Promise<Torrent> {
	return sendJson<Torrent>('POST', '/api/torrents', source);
}

export async function uploadTorrent(file: Blob): Promise<Torrent> {
	const response = await request('/api/torrents', {
		method: 'POST', headers: { 'Content-Type': TORRENT_TYPE }, body: file,
	});
	return await response.json() as Torrent;
}

export function getTorrent(infohash: string): Promise<Torrent> {
	return getJson<Torrent>(torrentPath(infohash));
}

export interface StatsHandlers {
	onStats: (stats: Stats) => void;
	onRemoved: () => void;
	onLost: () => void;
}

export function followTorrent(infohash: string, handlers: StatsHandlers): () => void {
	const stop = listen(`${torrentPath(infohash)}/events`, {
		events: {
			stats: data => handlers.onStats(JSON.parse(data) as Stats),
			removed: () => {
				stop();
				handlers.onRemoved();
			},
		},
		onLost: handlers.onLost,
	});
	return stop;
}

export function streamUrl(name: TorrentName, fileIndex: number, isDownload = false): string {
	return `/api/stream?${query({ ...name, file_index: fileIndex, download: isDownload ? 1 : undefined })}`;
}

export const playlistUrl = (infohash: string) => `${torrentPath(infohash)}/playlist`;
export const torrentFileUrl = (infohash: string) => `${torrentPath(infohash)}/torrent`;

// The server itself

export async function isServerUp(): Promise<boolean> {
	try {
		await getJson<Health>('/api/health');
		return true;
	} catch {
		return false;
	}
}

// Subtitles

const subtitlesPath = (infohash: string, fileIndex: number) =>
	`${torrentPath(infohash)}/files/${fileIndex}/subtitles`;

export async function getSubtitles(infohash: string, fileIndex: number): Promise<Subtitle[]> {
	return (await getJson<{ subtitles: Subtitle[] }>(subtitlesPath(infohash, fileIndex))).subtitles;
}

export async function addSubtitle(infohash: string, fileIndex: number, file: File): Promise<Subtitle> {
	const response = await request(`${subtitlesPath(infohash, fileIndex)}?${query({ name: file.name })}`, {
		method: 'POST', headers: { 'Content-Type': 'application/octet-stream' }, body: file,
	});
	return await response.json() as Subtitle;
}

// History

/** One row per film and file, the latest first. */
export function getHistory(limit: number, cursor?: string): Promise<HistoryPage> {
	return getJson<HistoryPage>(`/api/history?${query({ latest: 1, limit, cursor })}`);
}

export function removeFromHistory(id: string): Promise<void> {
	return sendJson('DELETE', `/api/history/${encodeURIComponent(id)}`);
}

export function clearHistory(): Promise<void> {
	return sendJson('DELETE', '/api/history');
}

export async function getPopular(limit: number): Promise<PopularFilm[]> {
	return (await getJson<Schemas['Popular']>(`/api/popular?${query({ limit })}`)).films;
}

/** Seconds at which to go on; 0: at the beginning. */
export async function getResume(infohash: string, fileIndex: number): Promise<number> {
	const answer = await getJson<Schemas['Resume']>(`/api/resume?${query({ infohash, file_index: fileIndex })}`);
	return answer.resume_ms / 1000;
}

export interface Watched {
	infohash: string;
	title: string;
	fileIndex: number;
}

/** Seconds. */
export interface Position {
	position: number;
	duration: number;
}

const positionJson = ({ position, duration }: Position) => ({
	position_ms: Math.floor(position * 1000),
	...(Number.isFinite(duration) && duration > 0 ? { duration_ms: Math.floor(duration * 1000) } : {}),
});

/** Gives the id of the entry, the same one within a sitting. */
export async function recordWatch(watched: Watched, at: Position): Promise<string> {
	const { infohash, title, fileIndex } = watched;
	const entry = await sendJson<HistoryEntry>('POST', '/api/history',
		{ infohash, title, file_index: fileIndex, ...positionJson(at) });
	return entry.id;
}

/** isLeaving: the page goes away, the request shall outlive it. */
export function setPosition(id: string, at: Position, isLeaving: boolean): Promise<void> {
	return sendJson('PUT', `/api/history/${encodeURIComponent(id)}/position`, positionJson(at), { keepalive: isLeaving });
}

// Accounts

/** Null: the server has no accounts; otherwise who is logged in, which this page demands. */
export async function getAccount(): Promise<Account | null> {
	const health = await getJson<Health>('/api/health');
	return health.accounts.is_on ? getJson<Account>('/api/auth/me') : null;
}

export const logIn = (credentials: Credentials) => sendJson<Account>('POST', '/api/auth/login', credentials);
export const register = (credentials: Credentials) => sendJson<Account>('POST', '/api/auth/register', credentials);
export const logOut = () => sendJson<void>('POST', '/api/auth/logout');
export const changePassword = (old: string, fresh: string) =>
	sendJson<void>('PUT', '/api/auth/password', { old_password: old, new_password: fresh });
export const deleteAccount = (password: string) => sendJson<void>('POST', '/api/auth/delete', { password });
export const getLogins = async () => (await getJson<Schemas['Logins']>('/api/auth/logins')).logins;
export const endLogin = (id: string) => sendJson<void>('DELETE', `/api/auth/logins/${encodeURIComponent(id)}`);
export const endOtherLogins = () => sendJson<void>('DELETE', '/api/auth/logins');

// Search

export interface SearchHandlers {
	/** New ones, and known ones of which more is known now (same id). */
	onResults: (results: SearchResult[]) => void;
	onProviders: (providers: ProviderState[]) => void;
	onDone: (answer: SearchAnswer) => void;
	onError: (message: string) => void;
}

const SEARCH_LIMIT = 500;

/** Why no events came: the server says it to who asks without them. */
async function searchFault(path: string): Promise<string> {
	try {
		await getJson<SearchAnswer>(path);
		return t.search.interrupted;
	} catch (error) {
		return (error as Error).message;
	}
}

/** Returns what ends it. */
export function search(text: string, handlers: SearchHandlers): () => void {
	const path = `/api/search?${query({ query: text, limit: SEARCH_LIMIT })}`;
	let hasEnded = false;
	const stop = listen(path, {
		events: {
			results: data => handlers.onResults((JSON.parse(data) as SearchAnswer).results),
			providers: data => handlers.onProviders((JSON.parse(data) as SearchAnswer).providers),
			done: data => {
				end();
				handlers.onDone(JSON.parse(data) as SearchAnswer);
			},
		},
		onLost: () => void searchFault(path).then(message => {
			if (!hasEnded)
				handlers.onError(message);
		}),
	});
	const end = () => {
		hasEnded = true;
		stop();
	};
	return end;
}

export async function resolveResult(id: string): Promise<{ infohash: string }> {
	const torrent = await sendJson<Torrent>('POST', '/api/torrents', { result: id });
	return { infohash: torrent.infohash };
}
