// The one place that knows the server's HTTP API.  Types come from docs/openapi.yaml by way of
// openapi.ts, which `npm run types` makes.

import { listen } from './events';
import { getJson, request, sendJson } from './http';
import type { components } from './openapi';

export { ApiError } from './http';

type Schemas = components['schemas'];
export type Torrent = Schemas['Torrent'] & Partial<Schemas['TorrentSummary']>;
export type TorrentFile = Schemas['File'];
export type Stats = Schemas['Stats'];
export type Peer = Schemas['Peer'];
export type Reader = Schemas['Reader'];
export type WaitingFor = Stats['waiting']['for'];
export type Health = Schemas['Health'];

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

export interface Subtitle {
	/** Unique among those of one film. */
	id: string;
	label: string;
	language: string;
	url: string;
}

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

// History (provisional)

export async function getPosition(_infohash: string, _fileIndex: number): Promise<{ position_s: number } | null> {
	return null;
}

export async function savePosition(_watch: { infohash: string; magnet: string | null; title: string; fileIndex: number; position: number; duration: number }, _isLeaving: boolean): Promise<void> {
}

// Search (provisional)

export interface SearchResult {
	id: string;
	title: string;
	infohash: string | null;
	magnet: string | null;
	size: number | null;
	seeders: number | null;
	leechers: number | null;
	published_at: string | null;
	sources: string[];
}

export interface ProviderState {
	name: string;
	kind: string;
	status: string;
	message: string;
	result_count: number;
	elapsed_ms: number | null;
}

export interface SearchHandlers {
	onResults: (results: SearchResult[]) => void;
	onProviders: (providers: ProviderState[]) => void;
	/** Everything, in the server's order. */
	onDone: (answer: { results: SearchResult[]; providers: ProviderState[]; total: number; cached: boolean }) => void;
	onError: (message: string) => void;
}

export function search(_query: string, _handlers: SearchHandlers): () => void {
	return () => {};
}

export async function resolveResult(_id: string): Promise<{ magnet: string } | { infohash: string }> {
	return { infohash: _id };
}
