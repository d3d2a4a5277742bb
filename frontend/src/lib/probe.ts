// Why a <video> failed: it does not say, so the first byte is asked for.

import { ApiError, request } from './http';

export type Probe =
	| { kind: 'fine' }
	| { kind: 'later' }
	| { kind: 'refused'; message: string };

const PASSING = new Set([0, 429, 503, 504]);

export async function probeStream(url: string): Promise<Probe> {
	try {
		const response = await request(url, { headers: { Range: 'bytes=0-0' } });
		await response.body?.cancel();
		return { kind: 'fine' };
	} catch (error) {
		if (error instanceof ApiError && !PASSING.has(error.status))
			return { kind: 'refused', message: error.message };
		return { kind: 'later' };
	}
}
