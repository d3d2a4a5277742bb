// fetch() whose failures are words for people.

import { t } from '@/shared/strings';

/** The server said no, or nobody answered (status 0). */
export class ApiError extends Error {
	constructor(
		readonly status: number,
		message: string,
		readonly retryAfterSeconds: number | null = null,
	) {
		super(message);
		this.name = 'ApiError';
	}
}

/* An RFC 9457 problem's own sentence, if there is one. */
async function describe(response: Response): Promise<string> {
	try {
		const problem = await response.json() as { detail?: string; title?: string };
		return problem.detail ?? problem.title ?? t.errors.status(response.status);
	} catch {
		return t.errors.status(response.status);
	}
}

export async function request(path: string, init: RequestInit = {}): Promise<Response> {
	let response: Response;
	try {
		response = await fetch(path, { credentials: 'same-origin', ...init });
	} catch (error) {
		if (init.signal?.aborted)
			throw error;
		throw new ApiError(0, t.errors.unreachable);
	}
	if (response.ok)
		return response;
	const retryAfter = Number.parseInt(response.headers.get('Retry-After') ?? '', 10);
	throw new ApiError(response.status, await describe(response),
		Number.isNaN(retryAfter) ? null : retryAfter);
}

export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
	return await (await request(path, { signal })).json() as T;
}

export async function sendJson<T>(method: string, path: string, body?: unknown,
	init: RequestInit = {}): Promise<T> {
	const response = await request(path, {
		method,
		headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
		body: body === undefined ? undefined : JSON.stringify(body),
		...init,
	});
	return response.status === 204 ? undefined as T : await response.json() as T;
}
