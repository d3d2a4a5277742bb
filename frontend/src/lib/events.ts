// Server-sent events, once: whoever listens decides whether to come back after an end.

export interface EventHandlers {
	/** By the events' names. */
	events: Record<string, (data: string) => void>;
	/** The connection is gone or never was; called once. */
	onLost: () => void;
}

/** Returns what ends it. */
export function listen(url: string, { events, onLost }: EventHandlers): () => void {
	const source = new EventSource(url);
	// The browser's own retries give up after an answer that is no stream of events, as a server
	// that is just starting gives.
	source.onerror = () => {
		source.close();
		onLost();
	};
	for (const [name, handle] of Object.entries(events))
		source.addEventListener(name, event => handle((event as MessageEvent<string>).data));
	return () => source.close();
}
