// Servers, seeders and pages for the tests of the frontend.
//
// SCENE  JSON of tests/server/test_web.py: {server, flags, web, python, seeder, films: {name:
//        {file, directory, infohash, torrent}}}
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';
import { FLAGS, watchFaults } from './page.js';

export const scene = JSON.parse(process.env.SCENE);
export const { films } = scene;

let hosts = 0;
/* An address nobody else in this run uses; an engine keeps one peer per address. */
const nextHost = () => `127.${100 + process.pid % 100}.${Math.floor(process.pid / 100) % 250}.${2 + hosts++}`;

/* So that a test that failed before it could end what it began does not keep the file running. */
const children = new Set();

function begin(...words)
{
	const child = spawn(...words);
	children.add(child);
	child.once('exit', () => children.delete(child));
	return child;
}

async function end(child, signal = 'SIGTERM')
{
	if (child.exitCode !== null || child.signalCode !== null)
		return;
	const gone = once(child, 'exit');
	child.kill(signal);
	await gone;
}

export class Seeder {
	/* The limit is each torrent's. */
	static async start(bytesPerSecond = -1)
	{
		const seeder = new Seeder();
		seeder.host = nextHost();
		seeder.child = begin(scene.python, [scene.seeder, seeder.host], { stdio: ['pipe', 'pipe', 'inherit'] });
		seeder.lines = createInterface({ input: seeder.child.stdout })[Symbol.asyncIterator]();
		const { port } = JSON.parse((await seeder.lines.next()).value);
		seeder.address = `${seeder.host}:${port}`;
		seeder.limit = bytesPerSecond;
		return seeder;
	}

	async tell(command)
	{
		this.child.stdin.write(`${JSON.stringify(command)}\n`);
		await this.lines.next();
	}

	seed({ torrent, directory })
	{
		return this.tell({ do: 'seed', torrent, directory, trackers: [], upload: this.limit });
	}

	stop()
	{
		return end(this.child);
	}
}

export async function freePort()
{
	const listener = createServer().listen(0, '127.0.0.1');
	await once(listener, 'listening');
	const { port } = listener.address();
	listener.close();
	return port;
}

export class Server {
	constructor(directory = mkdtempSync(join(tmpdir(), 'tstream-web-')))
	{
		this.directory = directory;
	}

	static async start(flags = [], env = {})
	{
		const server = new Server();
		server.flags = flags;
		server.env = env;
		server.port = await freePort();
		await server.restart();
		return server;
	}

	get origin()
	{
		return `http://127.0.0.1:${this.port}`;
	}

	async restart()
	{
		this.child = begin(scene.server, [
			'--port', String(this.port), '--data-dir', join(this.directory, 'data'), '--web-dir', scene.web,
			...scene.flags, ...this.flags,
		], { stdio: ['ignore', 'pipe', 'inherit'], env: { PATH: process.env.PATH, ...this.env } });
		for await (const line of createInterface({ input: this.child.stdout })) {
			if (line.includes('listens on'))
				return;
		}
		throw new Error('the server did not start');
	}

	kill()
	{
		return end(this.child, 'SIGKILL');
	}

	async stop()
	{
		await end(this.child);
		rmSync(this.directory, { recursive: true, force: true });
	}

	async json(path)
	{
		return (await fetch(this.origin + path)).json();
	}

	async open(film, ...peers)
	{
		const response = await fetch(`${this.origin}/api/torrents`, {
			method: 'POST', headers: { 'Content-Type': 'application/json' },
			body: JSON.stringify({ magnet: magnetOf(film, ...peers) }),
		});
		return response.json();
	}
}

export function magnetOf({ infohash, name }, ...peers)
{
	const parts = [`xt=urn:btih:${infohash}`, `dn=${encodeURIComponent(name)}`,
		...peers.map(peer => `x.pe=${peer.address}`)];
	return `magnet:?${parts.join('&')}`;
}

export const watchUrl = (server, film, ...peers) =>
	`${server.origin}/watch?magnet=${encodeURIComponent(magnetOf(film, ...peers))}`;

export const torrentBytes = film => Buffer.from(film.torrent, 'hex');

let browser = null;

/* A browser for the whole file; each visit is a viewer of its own. */
export async function visit(server, options = {})
{
	browser ??= await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
	const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', ...options });
	const page = await context.newPage();
	page.setDefaultTimeout(20_000);
	return { page, context, ...watchFaults(page, server.origin), close: () => context.close() };
}

export async function endAll()
{
	await browser?.close();
	browser = null;
	await Promise.all([...children].map(child => end(child)));
}

export const readSource = path => readFileSync(path, 'utf8');
