/** Where to go after logging in: only a path of this server, for the address is a stranger's. */
export function destinationOf(next: string | null, origin: string): string {
	if (!next || !/^\/(?![/\\])/.test(next))
		return '/';
	try {
		const url = new URL(next, origin);
		return url.origin === origin ? `${url.pathname}${url.search}${url.hash}` : '/';
	} catch {
		return '/';
	}
}
