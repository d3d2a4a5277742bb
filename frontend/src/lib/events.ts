// Server-sent events that come back by themselves after the server was away.

const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 5000;

export interface EventHandlers {
	/** By the events' names. */
	events: Record<string, (data: string) => void>;
	onOpen?: () => void;
	/** The connection is gone; another try follows. */
	onLost?: () => void;
}

/** Returns what ends it. */
export function follow(url: string, { events, onOpen, onLost }: EventHandlers): () => void {
	let source: EventSource | null = null;
	let timer: ReturnType<typeof setTimeout> | undefined;
	let delay = FIRST_RETRY_MS;
	let hasEnded = false;

	const connect = () => {
		source = new EventSource(url);
		source.onopen = () => {
			delay = FIRST_RETRY_MS;
			onOpen?.();
		};
		// The browser's own retries give up after an answer that is no stream of events, as a
		// server that is just starting gives.
		source.onerror = () => {
			source?.close();
			if (hasEnded)
				return;
			onLost?.();
			timer = setTimeout(connect, delay);
			delay = Math.min(delay * 2, MAX_RETRY_MS);
		};
		for (const [name, handle] of Object.entries(events))
			source.addEventListener(name, event => handle((event as MessageEvent<string>).data));
	};

	connect();
	return () => {
		hasEnded = true;
		clearTimeout(timer);
		source?.close();
	};
}
