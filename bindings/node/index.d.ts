/// <reference types="node" />
/**
 * Stream a video out of a torrent while it downloads.
 *
 * Fields have the names of the structs in include/tstream/ in camel case, with their units: bytes,
 * microseconds (Us), bytes per second (PerS).  Options in milliseconds end in Ms.  Offsets may be
 * given as BigInt; a Number that is not a safe integer is refused rather than rounded.
 */
import { EventEmitter } from "node:events";
import { Readable } from "node:stream";
import { ReadableStream } from "node:stream/web";

export type Offset = number | bigint;
/** A file, its index, or its path within the torrent. */
export type FileLike = File | number | string;

export interface Waiting {
	signal?: AbortSignal;
	timeoutMs?: number;
}

/* ---- errors ---- */

export type ErrorCode = keyof typeof Code;

/** Base of all errors: one sentence for people, and the library's code. */
export class TstreamError extends Error {
	constructor(message: string, code?: ErrorCode);
	readonly code: ErrorCode;
}
declare class Failure extends TstreamError {
	constructor(message: string);
}
/** An argument, a magnet or a .torrent that cannot be meant. */
export class InvalidError extends Failure {}
/** The object was closed. */
export class ClosedError extends InvalidError {}
export class OutOfMemoryError extends Failure {}
/** Not yet: wait, then ask again. */
export class NotReadyError extends Failure {}
/** The time you gave, or the limit you set, has passed. */
export class TimedOutError extends Failure {}
/** Cancelled, closed or removed by you. */
export class CanceledError extends Failure {}
export class DiskError extends Failure {}
export class NotFoundError extends Failure {}
/** Disk full, or over the quota with nothing left to evict. */
export class DiskFullError extends Failure {}
export class AccessError extends Failure {}
/** Held by another process or session. */
export class BusyError extends Failure {}
export class LimitError extends Failure {}
/** This build, or this kind of torrent, cannot do it. */
export class NotSupportedError extends Failure {}
export class NetworkError extends Failure {}
/** Refused for safety: an address that must not be asked. */
export class RefusedError extends Failure {}
export class InternalError extends Failure {}

/* ---- constants ---- */

type Constants<Names extends string> = Readonly<Record<Names, number>>;

export const Code: Constants<"EINVAL" | "ENOMEM" | "EAGAIN" | "ETIMEDOUT" | "ECANCELED" | "EIO"
	| "ENOENT" | "ENOSPC" | "EACCES" | "EBUSY" | "ELIMIT" | "ENOTSUP" | "ENET" | "EREFUSED"
	| "EINTERNAL">;
export const EventType: Constants<"none" | "metadata" | "readable" | "failed" | "recovered"
	| "complete" | "evicted" | "removed" | "warning" | "overflow">;
export const State: Constants<"metadata" | "checking" | "ready" | "complete" | "error" | "removed">;
export const WaitingFor: Constants<"nothing" | "peers" | "metadata" | "check" | "unchoke" | "piece"
	| "source" | "disk">;
export const Piece: Constants<"missing" | "wanted" | "partial" | "have">;
/** Bits of Peer.flags. */
export const PeerFlags: Constants<"seed" | "unchoked" | "interested" | "incoming" | "utp"
	| "encrypted" | "webSeed" | "stalled" | "preferred">;
export const MediaKind: Constants<"other" | "video" | "audio" | "subtitle" | "image">;
/** Bits of Subtitle.flags. */
export const SubtitleFlags: Constants<"forced" | "hearing">;
export const CacheState: Constants<"ok" | "unavailable" | "refusing">;
export const ProviderStatus: Constants<"waiting" | "ok" | "partial" | "timeout" | "auth"
	| "throttled" | "parse" | "cancelled" | "breaker_open" | "network" | "refused" | "unsupported">;

/* ---- snapshots ---- */

/** Something that happened in a session. */
export interface Event {
	readonly type: keyof typeof EventType;
	readonly code: ErrorCode | "";
	readonly tag: Offset;
	readonly infohash: string;
	readonly message: string;
}

export interface SessionStats {
	readonly torrentCount: number;
	readonly readerCount: number;
	readonly peerCount: number;
	readonly downloadBytesPerS: number;
	readonly uploadBytesPerS: number;
	readonly downloadedBytes: number;
	readonly uploadedBytes: number;
	readonly redundantBytes: number;
	readonly failedBytes: number;
	readonly diskUsedBytes: number;
	readonly diskQuotaBytes: number;
	readonly dhtNodeCount: number;
	readonly listenPort: number;
	readonly uptimeUs: number;
}

/** `message` says it in one sentence. */
export interface TorrentStats {
	readonly state: keyof typeof State;
	readonly code: ErrorCode | "";
	readonly waitingFor: keyof typeof WaitingFor;
	readonly waitingPiece: number;
	readonly waitingPeerCount: number;
	/** negative: unknown */
	readonly waitingEstimateUs: number;
	readonly peerCount: number;
	readonly seedCount: number;
	readonly unchokedCount: number;
	readonly readerCount: number;
	readonly havePieceCount: number;
	readonly pieceCount: number;
	readonly haveBytes: number;
	readonly downloadBytesPerS: number;
	readonly uploadBytesPerS: number;
	readonly downloadedBytes: number;
	readonly uploadedBytes: number;
	readonly redundantBytes: number;
	readonly failedBytes: number;
	readonly diskUsedBytes: number;
	readonly message: string;
}

export interface File {
	readonly index: number;
	readonly path: string;
	readonly name: string;
	readonly mediaType: string;
	readonly mediaKind: keyof typeof MediaKind;
	readonly kept: boolean;
	readonly size: number;
	readonly haveBytes: number;
	readonly firstPiece: number;
	readonly lastPiece: number;
}

export interface Peer {
	readonly flags: number;
	readonly address: string;
	readonly client: string;
	readonly downloadBytesPerS: number;
	readonly uploadBytesPerS: number;
	readonly downloadedBytes: number;
	readonly uploadedBytes: number;
	readonly requestCount: number;
	readonly rttUs: number;
	readonly havePerMille: number;
}

export interface ReaderStats {
	readonly fileIndex: number;
	readonly tag: Offset;
	readonly offset: number;
	readonly windowBegin: number;
	readonly windowEnd: number;
	readonly availableBytes: number;
	readonly readBytes: number;
	readonly readBytesPerS: number;
	readonly stallCount: number;
	readonly stallUs: number;
	readonly waitingUs: number;
	readonly waitingPiece: number;
}

export interface Subtitle {
	readonly flags: number;
	readonly fileIndex: number;
	/** BCP 47; "" if the name does not say */
	readonly language: string;
	readonly label: string;
}

export interface CacheStats {
	readonly state: keyof typeof CacheState;
	readonly store: string;
	readonly stateUs: number;
	readonly hitCount: number;
	readonly missCount: number;
	readonly putCount: number;
	readonly skipCount: number;
	readonly failureCount: number;
	readonly evictedCount: number;
	readonly entryCount: number;
	readonly usedBytes: number;
	readonly maxBytes: number;
	readonly message: string;
}

export interface QueryStats {
	readonly isDone: boolean;
	readonly isComplete: boolean;
	readonly isCached: boolean;
	readonly providerCount: number;
	readonly waitingCount: number;
	readonly resultCount: number;
	readonly droppedCount: number;
	readonly elapsedUs: number;
}

/** A provider, as part of a query or by itself; times are -1 where they are not known. */
export interface ProviderState {
	readonly status: keyof typeof ProviderStatus;
	readonly name: string;
	readonly kind: string;
	readonly origin: string;
	readonly elapsedUs: number;
	readonly retryAfterUs: number;
	readonly resultCount: number;
	readonly isBreakerOpen: boolean;
	readonly askedCount: number;
	readonly failedCount: number;
	readonly message: string;
}

/** A torrent that a search found; numbers that nobody told are -1. */
export interface Result {
	readonly id: string;
	readonly title: string;
	readonly category: number;
	readonly infohashV1: string;
	readonly infohashV2: string;
	/** null: only known by a link; search.resolve(id) then */
	readonly magnet: string | null;
	readonly sources: string;
	readonly size: Offset;
	readonly seeders: number;
	readonly leechers: number;
	readonly publishedS: number;
}

export interface HistoryEntry {
	readonly id: string;
	readonly infohash: string;
	readonly fileIndex: number;
	readonly magnet: string;
	readonly title: string;
	readonly watchedAtUs: number;
	readonly updatedAtUs: number;
	readonly positionUs: number;
	readonly durationUs: number;
}

export interface PopularFilm {
	readonly infohash: string;
	readonly sessionCount: number;
	readonly magnet: string;
	readonly title: string;
	readonly watchedAtUs: number;
}

export interface Account {
	readonly id: string;
	readonly name: string;
	readonly tokenId: string;
	readonly createdAtUs: number;
	readonly expiresAtUs: number;
}

export interface LoginEntry {
	readonly tokenId: string;
	readonly label: string;
	readonly createdAtUs: number;
	readonly expiresAtUs: number;
}

/* ---- objects ---- */

interface Closable {
	/** True from the moment that close() was called. */
	readonly closed: boolean;
	/** Let go of it.  What waits for it is rejected; twice is fine. */
	close(): Promise<void>;
	/** `await using`, from Node 20 on. */
	[Symbol.asyncDispose](): Promise<void>;
}

export interface SessionOptions {
	/** "address:port,..."; port 0 lets the system choose */
	listen?: string;
	/** the distributed hash table (BEP 5); default true */
	dht?: boolean;
	/** peers on the local network (BEP 14); default true */
	lsd?: boolean;
	/** UPnP and NAT-PMP; default true */
	portMapping?: boolean;
	/** give back what others want; default true */
	upload?: boolean;
	/** a magnet's xs= may name a host that is not public; default false */
	privateSources?: boolean;
	quotaBytes?: Offset;
	uploadBytesPerS?: Offset;
	downloadBytesPerS?: Offset;
	maxTorrents?: number;
	maxPeers?: number;
	maxReaders?: number;
	/** how long a magnet may look for its metadata; Infinity: for ever; default two minutes */
	metadataTimeoutMs?: number;
	/** where the metadata of magnets is looked up and kept */
	cache?: Cache;
}

type EventName = "event" | Exclude<keyof typeof EventType, "none">;

export interface Session extends Closable {
	on(name: EventName, listener: (event: Event) => void): this;
	once(name: EventName, listener: (event: Event) => void): this;
	off(name: EventName, listener: (event: Event) => void): this;
}
/**
 * The engine with its data directory.  A program opens one and keeps it.  Waiting keeps the
 * program alive; listening to events does not.
 */
export class Session extends EventEmitter implements Closable {
	private constructor();
	static open(dataDir: string | Uint8Array, options?: SessionOptions): Promise<Session>;
	readonly metadataTimeoutMs: number;
	/** Open a magnet URI or a bare infohash; does not wait for its metadata. */
	open(magnet: string): Promise<Torrent>;
	openBytes(torrentFile: Uint8Array): Promise<Torrent>;
	/** Fetch a .torrent over http or https and open it. */
	openUrl(url: string, options?: { allowPrivate?: boolean; timeoutMs?: number }): Promise<Torrent>;
	/** Open a torrent whose metadata is on disk from an earlier time. */
	openStored(infohash: string): Promise<Torrent>;
	/** A torrent that is open; throws NotFoundError if it is not. */
	find(infohash: string): Torrent;
	torrents(): Torrent[];
	stats(): SessionStats;
	/**
	 * Events as they come from now on, until the session is closed or the loop is left.  Asking for
	 * the next one keeps the program alive.
	 */
	events(options?: { signal?: AbortSignal }): AsyncIterableIterator<Event>;
}

/** A torrent that is open.  Closing it leaves the swarm; its data stays on disk. */
export class Torrent implements Closable {
	private constructor();
	readonly session: Session;
	readonly infohash: string;
	readonly infohashV1: string;
	readonly infohashV2: string;
	readonly name: string;
	readonly magnet: string;
	/** Throws NotReadyError before the metadata is known, as do file() and defaultFile. */
	readonly torrentFile: Buffer;
	readonly size: number;
	/** Its peers come from its tracker only (BEP 27); false before the metadata is known. */
	readonly isPrivate: boolean;
	readonly pieceCount: number;
	readonly pieceSize: number;
	readonly files: File[];
	/** The largest file that can be played, or the largest file if none can. */
	readonly defaultFile: File;
	readonly closed: boolean;
	file(index: number): File;
	fileIndex(file?: FileLike): number;
	/** Resolves with the torrent once files and sizes are known. */
	metadata(options?: Waiting): Promise<Torrent>;
	/** Open a file, by default `defaultFile`. */
	reader(file?: FileLike, options?: ReaderOptions): Reader;
	/** A file, or a part of it, as a stream.Readable that ends its reader. */
	stream(file?: FileLike, options?: ReaderOptions & StreamOptions): Readable;
	/** The same as a Web ReadableStream. */
	webStream(file?: FileLike, options?: ReaderOptions & { signal?: AbortSignal }): ReadableStream<Uint8Array>;
	subtitles(film?: FileLike): Subtitle[];
	/** Fetch the whole file in the background, after what readers want, or stop doing so. */
	keep(file?: FileLike, keep?: boolean): void;
	stats(): TorrentStats;
	/** One Piece a byte. */
	pieces(): Buffer;
	peers(): Peer[];
	readers(): ReaderStats[];
	addPeer(address: string): void;
	/** A peer of your own: asked before the others, which are asked only while somebody waits. */
	preferPeer(address: string): void;
	/** Leave the swarm and delete the data. */
	remove(): Promise<void>;
	close(): Promise<void>;
	[Symbol.asyncDispose](): Promise<void>;
}

export interface ReaderOptions {
	/** where the cursor begins */
	start?: Offset;
	/** the first byte that is not read, as in Buffer.subarray() (unlike in fs.createReadStream()) */
	end?: Offset;
	/** wanted beyond the cursor at least */
	readaheadBytes?: Offset;
	/** comes back in this reader's events; default: one of its own, whose events nobody sees */
	tag?: Offset;
	/** most that one read may wait */
	timeoutMs?: number;
}

export interface StreamOptions {
	/** bytes that are read ahead of whoever reads the stream; default 1 MiB */
	highWaterMark?: number;
	signal?: AbortSignal;
}

/** One file of a torrent, read as if it were on disk.  Calls are carried out in turn. */
export class Reader implements Closable, AsyncIterable<Buffer> {
	private constructor();
	readonly torrent: Torrent;
	readonly fileIndex: number;
	readonly tag: Offset;
	readonly size: number;
	readonly closed: boolean;
	timeoutMs: number | undefined;
	/** At most so many bytes (256 KiB, never more than 4 MiB), at least one; null at the end. */
	read(sizeBytes?: number, options?: Waiting): Promise<Buffer | null>;
	/** What is here already; rejects with NotReadyError if nothing is. */
	readNow(sizeBytes?: number): Promise<Buffer | null>;
	/** Resolves once a read would not wait. */
	wait(options?: Waiting): Promise<number>;
	seek(offset: Offset): Promise<number>;
	tell(): Promise<number>;
	available(): Promise<number>;
	/** From now on reading rejects with CanceledError, also what waits now. */
	cancel(): void;
	stats(): ReaderStats;
	/** From the cursor on; closes this reader when it ends or is destroyed. */
	stream(options?: StreamOptions): Readable;
	webStream(options?: { signal?: AbortSignal }): ReadableStream<Uint8Array>;
	close(): Promise<void>;
	[Symbol.asyncDispose](): Promise<void>;
	[Symbol.asyncIterator](): AsyncIterableIterator<Buffer>;
}

/* ---- searches ---- */

/** What a provider has found.  One of infohash, magnet, link and reference must be there. */
export interface Found {
	title: string;
	infohash?: string;
	magnet?: string;
	/** URL of a .torrent, or of what redirects to it or to a magnet; never shown */
	link?: string;
	/** your own word for it, given back to resolve(); never shown */
	reference?: string;
	/** Newznab number, such as 2000 for films */
	category?: number;
	size?: Offset;
	seeders?: number;
	leechers?: number;
	publishedS?: number;
}

export interface Request {
	/** what the user typed, tidied; "" when resolving */
	readonly text: string;
	readonly categories: string;
	readonly reference: string;
	readonly limit: number;
	readonly remainingMs: number;
	/** nobody waits any more */
	readonly cancelled: boolean;
}

type Answers = Iterable<Found> | AsyncIterable<Found>;

/** What search() and resolve() throw says how the provider fared. */
export interface Provider {
	kind?: string;
	search(request: Request): Answers | Promise<Answers>;
	resolve?(request: Request): string | Uint8Array | Promise<string | Uint8Array>;
}

/** Thrown by a provider: ask again after so many milliseconds. */
export class Throttled extends Error {
	constructor(retryAfterMs: number, message?: string);
	readonly retryAfterMs: number;
}

export interface SearchOptions {
	cache?: Cache;
	providerTimeoutMs?: number;
	timeoutMs?: number;
	completeTtlMs?: number;
	partialTtlMs?: number;
	breakerMs?: number;
	breakerFailures?: number;
	maxQueries?: number;
}

export interface QueryOptions {
	/** only these, by name */
	providers?: readonly string[];
	/** only these, as Newznab numbers; one holds its subcategories */
	categories?: readonly number[];
	useCache?: boolean;
	signal?: AbortSignal;
}

/** Providers and a cache. */
export class Search implements Closable {
	constructor(options?: SearchOptions);
	readonly closed: boolean;
	addTorznab(name: string, url: string, apiKey?: string | null): void;
	addArchive(name?: string, url?: string | null): void;
	addFeed(name: string, url: string): void;
	addCatalog(name: string, catalog: Catalog): void;
	/**
	 * public: its magnets hold no secrets and may be cached; local: it answers at once, of what
	 * this process knows, and is not cached.
	 */
	addProvider(name: string, provider: Provider,
		options?: { public?: boolean; local?: boolean }): void;
	removeProvider(name: string): void;
	providers(): ProviderState[];
	/** `for await (const result of search.query("sintel"))` */
	query(text: string, options?: QueryOptions): Query;
	/** What a result stands for: a magnet, or the bytes of a .torrent. */
	resolve(resultId: string, options?: Waiting): Promise<string | Buffer>;
	close(): Promise<void>;
	[Symbol.asyncDispose](): Promise<void>;
}

/** A query under way. */
export class Query implements Closable, AsyncIterable<Result> {
	private constructor();
	readonly search: Search;
	readonly done: boolean;
	readonly closed: boolean;
	nextNow(): Result | null;
	waitDone(options?: Waiting): Promise<Query>;
	/** What was found so far, the best first; limit 0: all. */
	results(options?: { offset?: number; limit?: number }): { results: Result[]; total: number };
	providers(): ProviderState[];
	stats(): QueryStats;
	cancel(): void;
	close(): Promise<void>;
	[Symbol.asyncDispose](): Promise<void>;
	[Symbol.asyncIterator](): AsyncIterableIterator<Result>;
}

/* ---- stores ---- */

export class Cache implements Closable {
	private constructor();
	/** `memory:`, `memory:?bytes=N` or `redis://user:password@host:port/db` */
	static open(url?: string, options?: {
		maxBytes?: Offset; maxValueBytes?: Offset; connectTimeoutMs?: number;
		commandTimeoutMs?: number; retryMs?: number;
	}): Promise<Cache>;
	readonly closed: boolean;
	get(key: string): Promise<Buffer | null>;
	put(key: string, value: string | Uint8Array, options?: { ttlMs?: number }): Promise<void>;
	remove(key: string): Promise<void>;
	stats(): CacheStats;
	close(): Promise<void>;
	[Symbol.asyncDispose](): Promise<void>;
}

export interface CatalogEntry {
	title: string;
	magnet: string;
	size?: Offset;
	category?: number;
	publishedS?: number;
}

export class Catalog implements Closable {
	private constructor();
	static open(path?: string, options?: { empty?: boolean }): Promise<Catalog>;
	readonly closed: boolean;
	add(entry: CatalogEntry): Promise<void>;
	addTorrent(torrent: Torrent): Promise<void>;
	importList(text: string | Uint8Array): Promise<number>;
	remove(infohash: string): Promise<void>;
	count(): Promise<number>;
	close(): Promise<void>;
	[Symbol.asyncDispose](): Promise<void>;
}

export class History implements Closable {
	private constructor();
	/** `sqlite:PATH` or `postgresql://user:password@host:5432/name` */
	static open(url: string, options?: {
		timeoutMs?: number; sittingGapMs?: number; maxConnections?: number;
		maxRowsPerSession?: number;
	}): Promise<History>;
	readonly closed: boolean;
	ping(): Promise<void>;
	/** Gives the id of the sitting. */
	record(sessionId: string, magnet: string, options?: {
		fileIndex?: number; title?: string; positionUs?: Offset; durationUs?: Offset;
		watchedAtUs?: Offset;
	}): Promise<string>;
	setPosition(sessionId: string, id: string, positionUs: Offset, durationUs?: Offset): Promise<void>;
	setFilePosition(sessionId: string, infohash: string, fileIndex: number, positionUs: Offset,
		durationUs?: Offset): Promise<void>;
	filePosition(sessionId: string, infohash: string, fileIndex: number):
		Promise<{ positionUs: number; durationUs: number } | null>;
	page(sessionId: string, options?: { latest?: boolean; cursor?: string; limit?: number }):
		Promise<{ entries: HistoryEntry[]; cursor: string }>;
	entries(sessionId: string, options?: { latest?: boolean }): AsyncIterableIterator<HistoryEntry>;
	find(sessionId: string, id: string): Promise<HistoryEntry>;
	exportJson(sessionId: string): Promise<string>;
	remove(sessionId: string, id: string): Promise<void>;
	clear(sessionId: string): Promise<void>;
	claim(fromSessionId: string, toSessionId: string): Promise<void>;
	/** false if something is left */
	prune(beforeUs: Offset): Promise<boolean>;
	popular(options?: { days?: number; limit?: number }): Promise<PopularFilm[]>;
	close(): Promise<void>;
	[Symbol.asyncDispose](): Promise<void>;
}

export class Accounts implements Closable {
	private constructor();
	static open(url: string, options?: {
		timeoutMs?: number; tokenLifetimeMs?: number; lockoutMs?: number; maxFailures?: number;
		maxAccounts?: number; maxTokens?: number; maxConnections?: number; maxHashes?: number;
		hashMemoryKib?: number; hashPasses?: number;
	}): Promise<Accounts>;
	readonly closed: boolean;
	count(): Promise<number>;
	create(name: string, password: string): Promise<Account>;
	verify(name: string, password: string, options?: { client?: string | null }): Promise<Account>;
	changePassword(id: string, oldPassword: string, newPassword: string,
		options?: { client?: string | null; keepTokenId?: string | null }): Promise<void>;
	resetPassword(name: string, password: string): Promise<void>;
	delete(id: string): Promise<void>;
	login(id: string, options?: { label?: string | null }): Promise<{ token: string; account: Account }>;
	findToken(token: string): Promise<Account>;
	revoke(id: string, tokenId: string): Promise<void>;
	revokeAll(id: string, options?: { keepTokenId?: string | null }): Promise<void>;
	logins(id: string): Promise<LoginEntry[]>;
	close(): Promise<void>;
	[Symbol.asyncDispose](): Promise<void>;
}

/* ---- functions ---- */

/** Which torrent a magnet URI or a bare infohash names, without opening it. */
export function magnetInfohash(magnet: string): string;
export function mediaKind(path: string): keyof typeof MediaKind;
export function mediaType(path: string): string;
/** True if people would press play on it: video or audio. */
export function isPlayable(path: string): boolean;
/** Convert SubRip or WebVTT in any charset to WebVTT, the only one that browsers show. */
export function subtitleToWebvtt(bytes: Uint8Array,
	options?: { charset?: string; delayMs?: number }): Promise<string>;
export function isSubtitleCharset(charset: string): boolean;
export function isSubtitleConvertible(path: string): boolean;
export function describeSubtitle(filmName: string | null, name: string):
	{ language: string; label: string; flags: number };
/** Hand what the library has to say to a function; null silences it again.  One a process. */
export function logTo(log: ((level: "error" | "warning" | "info" | "trace", message: string) => void)
	| null): void;
/** Of the headers that this package was built with. */
export const version: string;
export function libraryVersion(): string;
export function libraryVersionNumber(): number;
export function engineVersion(): string;
