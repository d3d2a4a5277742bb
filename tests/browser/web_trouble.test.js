// The watch page when something is slow, missing or gone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { playedTo, state, video } from './page.js';
import { endAll, films, Seeder, Server, torrentBytes, visit, watchUrl } from './scene.js';

const LIMIT = { timeout: 60_000 };
let server, seeder;

before(async () => {
	[server, seeder] = await Promise.all([Server.start(), Seeder.start(400_000)]);
	await seeder.seed(films.clip);
});

after(async () => {
	await endAll();
	await Promise.all([server?.stop(), seeder?.stop()]);
});

test('while nobody answers, the page looks for peers', LIMIT, async () => {
	const { page, close } = await visit(server);
	await page.goto(watchUrl(server, films.season));
	const stage = page.getByTestId('stage');
	await stage.getByText('Looking for peers').waitFor();
	assert.match(await stage.innerText(), /Asking trackers/);
	await close();
});

test('in a slow swarm it says what it buffers, how fast and for how long', LIMIT, async () => {
	const slow = await Seeder.start(20_000);
	const own = await Server.start();
	try {
		await slow.seed(films.clip);
		const { page, close } = await visit(own);
		await page.goto(watchUrl(own, films.clip, slow));
		await page.getByTestId('stage').getByText('Buffering').waitFor();
		await page.getByTestId('stage').getByText(/Piece \d+ is on its way from 1 peer\./).waitFor();
		await page.getByTestId('stage').getByText(/ kB\/s/).waitFor();
		await close();
	} finally {
		await Promise.all([slow.stop(), own.stop()]);
	}
});

test('with the server killed it waits, and plays on when that is back', LIMIT, async () => {
	const { page, close } = await visit(server);
	await page.goto(watchUrl(server, films.clip, seeder));
	await playedTo(page, 2, 20_000);
	await server.kill();
	await page.getByTestId('stage').getByText('The connection to the server is lost').waitFor({ timeout: 40_000 });
	const { currentTime } = await state(page);
	await server.restart();
	await playedTo(page, currentTime + 2, 40_000);
	await page.getByTestId('stage').waitFor({ state: 'detached' });
	await close();
});

const upload = (own, film) => fetch(`${own.origin}/api/torrents`, {
	method: 'POST', headers: { 'Content-Type': 'application/x-bittorrent' }, body: torrentBytes(film),
});

/* The page of a film whose first byte nobody sends yet. */
async function awaitingFirstByte(own)
{
	await upload(own, films.clip);
	const visitor = await visit(own);
	await visitor.page.goto(`${own.origin}/watch?infohash=${films.clip.infohash}`);
	await visitor.page.getByTestId('stage').getByText('Looking for peers').waitFor();
	return visitor;
}

test('first bytes that come too late for the server are no wrong format', LIMIT, async () => {
	const own = await Server.start(['--stall-timeout', '1']);
	const { page, close } = await awaitingFirstByte(own);
	await page.waitForResponse(response => response.url().includes('/api/stream') && response.status() === 504);
	// It asks again, and goes on to say what it waits for.
	await page.waitForResponse(response => response.url().includes('/api/stream') && response.status() === 504);
	await page.getByTestId('stage').getByText('Looking for peers').waitFor();
	await own.open(films.clip, seeder);
	await playedTo(page, 1, 30_000);
	assert.equal(await page.getByRole('alert').filter({ hasText: 'cannot play' }).count(), 0);
	await close();
	await own.stop();
});

test('a server killed before the first picture is no wrong format', LIMIT, async () => {
	const own = await Server.start();
	const { page, close } = await awaitingFirstByte(own);
	await own.kill();
	await page.getByTestId('stage').getByText('The connection to the server is lost').waitFor();
	await own.restart();
	await own.open(films.clip, seeder);
	await playedTo(page, 1, 30_000);
	await close();
	await own.stop();
});

test('a torrent that is removed elsewhere is said to be so', LIMIT, async () => {
	const { page, close } = await visit(server);
	const { infohash } = films.hostile;
	await upload(server, films.hostile);
	await page.goto(`${server.origin}/watch?infohash=${infohash}`);
	// It follows the torrent from then on; before, it would open one that is gone.
	await page.getByTestId('stage').getByText('Looking for peers').waitFor();
	await fetch(`${server.origin}/api/torrents/${infohash}`, { method: 'DELETE' });
	await page.getByText('The torrent was removed').waitFor();
	await close();
});

test('an address that names no torrent, or none that can be, is explained', LIMIT, async () => {
	const { page, close } = await visit(server);
	await page.goto(`${server.origin}/watch`);
	await page.getByRole('alert').filter({ hasText: 'names no torrent' }).waitFor();
	await page.goto(`${server.origin}/watch?magnet=${encodeURIComponent('magnet:?xt=urn:btih:spam')}`);
	await page.getByRole('alert').filter({ hasText: /infohash|magnet/i }).waitFor();
	await page.getByRole('button', { name: 'Try again' }).waitFor();
	await page.goto(`${server.origin}/no-such-page`);
	await page.getByRole('heading', { name: 'There is nothing at this address' }).waitFor();
	await close();
});

test('a film starts also for who must press play first', LIMIT, async () => {
	const { page, close } = await visit(server);
	await page.addInitScript(() => {
		HTMLMediaElement.prototype.play = new Proxy(HTMLMediaElement.prototype.play, {
			apply: (play, media) => navigator.userActivation.hasBeenActive
				? Reflect.apply(play, media, []) : Promise.reject(new DOMException('', 'NotAllowedError')),
		});
	});
	await page.goto(watchUrl(server, films.clip, seeder));
	await video(page).evaluate(element => { element.autoplay = false; element.pause(); });
	await page.getByTestId('stage').waitFor({ state: 'detached' });
	await page.locator('media-play-button').first().click();
	await playedTo(page, 0.5, 20_000);
	await close();
});

