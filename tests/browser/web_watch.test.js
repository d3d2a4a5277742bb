// The watch page against a real server and a real swarm: playing, seeking, coming back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { playedTo, state, video } from './page.js';
import { endAll, films, magnetOf, Seeder, Server, torrentBytes, visit, watchUrl } from './scene.js';

const LIMIT = { timeout: 60_000 };
/* Twice what playing takes: it flows, and is far from complete while a test looks. */
const FLOWING_BYTES_PER_S = 400_000;

let server, seeder;

before(async () => {
	[server, seeder] = await Promise.all([Server.start(), Seeder.start(FLOWING_BYTES_PER_S)]);
	await seeder.seed(films.clip);
	await seeder.seed(films.season);
	await seeder.seed(films.foreign);
});

after(async () => {
	await endAll();
	await Promise.all([server?.stop(), seeder?.stop()]);
});

async function watching(film, { path = '', ...options } = {})
{
	const visitor = await visit(server, options);
	await visitor.page.goto(watchUrl(server, film, seeder) + path);
	await video(visitor.page).waitFor();
	return visitor;
}

function assertClean({ faults, foreign })
{
	assert.deepEqual(faults, []);
	assert.deepEqual(foreign, []);
}

/* As from a file manager; over the page it says what may be dropped. */
async function drop(page, name, content)
{
	const fire = type => page.evaluate(([type, name, base64]) => {
		const transfer = new DataTransfer();
		transfer.items.add(new File([Uint8Array.from(atob(base64), char => char.charCodeAt(0))], name));
		document.body.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
	}, [type, name, Buffer.from(content).toString('base64')]);
	await fire('dragover');
	await page.getByText(/^Drop /).waitFor();
	await fire('drop');
	await page.getByText(/^Drop /).waitFor({ state: 'detached' });
}

test('a film plays, and plays on after a seek to what is not here yet', LIMIT, async () => {
	const visitor = await watching(films.clip);
	const { page } = visitor;
	await playedTo(page, 1, 20_000);
	await page.getByTestId('stage').waitFor({ state: 'detached' });
	const controls = page.getByRole('region', { name: /^Player/ });
	await controls.getByRole('button', { name: 'Pause', exact: true }).waitFor();
	await controls.getByRole('button', { name: 'Back 10 seconds' }).waitFor();
	await controls.getByRole('slider', { name: 'Timeline' }).waitFor();

	const stats = await server.json(`/api/torrents/${films.clip.infohash}/stats`);
	assert.ok(stats.have_piece_count < stats.piece_count, 'all of it is here already');
	const before = await state(page);
	assert.ok(before.buffered.every(([, end]) => end < 40), JSON.stringify(before.buffered));
	await video(page).evaluate(element => { element.currentTime = 45; });
	await playedTo(page, 47, 30_000);

	await page.waitForFunction(() => (document.querySelector('[data-testid=have-map] path')?.getAttribute('d').match(/M/g) ?? []).length >= 2);
	assert.match(await page.getByTestId('have-map').getAttribute('aria-label'), /Already here: \d+ %/);
	assertClean(visitor);
	await visitor.close();
});

test('after a reload it goes on where it was', LIMIT, async () => {
	const visitor = await watching(films.clip);
	const { page } = visitor;
	await playedTo(page, 4, 20_000);
	await video(page).evaluate(element => { element.currentTime = 20; });
	await playedTo(page, 21, 20_000);
	const saved = page.waitForResponse(response => response.url().includes('/position') && response.ok());
	await video(page).evaluate(element => element.pause());
	await saved;
	await page.reload();
	await page.getByText(/Resumed at 0:2\d/).waitFor();
	await playedTo(page, 21.5, 20_000);
	await page.getByRole('button', { name: 'Start over' }).click();
	await page.waitForFunction(() => document.querySelector('video').currentTime < 15);
	assertClean(visitor);
	await visitor.close();
});

test('speed and volume are remembered', LIMIT, async () => {
	const visitor = await watching(films.clip);
	const { page } = visitor;
	await playedTo(page, 0.5, 20_000);
	await page.keyboard.press('>');
	await page.waitForFunction(() => document.querySelector('video').playbackRate === 1.25);
	await video(page).evaluate(element => { element.volume = 0.35; });
	await page.waitForFunction(() => localStorage.getItem('tstream.volume') === '0.35');
	await page.reload();
	await video(page).waitFor();
	await page.waitForFunction(() => {
		const { playbackRate, volume } = document.querySelector('video');
		return playbackRate === 1.25 && Math.abs(volume - 0.35) < 0.001;
	});
	assertClean(visitor);
	await visitor.close();
});

test('subtitles beside the film are listed and shown, added ones too, and both can be delayed', LIMIT, async () => {
	const visitor = await watching(films.season);
	const { page } = visitor;
	await page.getByRole('radio', { name: 'English' }).check();
	await page.waitForFunction(() => [...document.querySelector('video').textTracks]
		.some(({ mode, cues }) => mode === 'showing' && cues?.[0]?.startTime === 1 && cues[0].text === 'It begins.'));

	await page.getByTestId('subtitle-file').setInputFiles({
		name: 'other.srt', mimeType: 'application/x-subrip',
		buffer: Buffer.from('1\n00:00:02,500 --> 00:00:04,000\nZa\xbf\xf3\xb3\xe6\n', 'latin1'),
	});
	await page.waitForFunction(() => [...document.querySelector('video').textTracks]
		.some(({ mode, cues }) => mode === 'showing' && cues?.[0]?.startTime === 2.5));
	await page.getByRole('button', { name: 'Show subtitles 0.1 seconds later' }).click();
	await page.getByRole('button', { name: 'Show subtitles 0.1 seconds later' }).click();
	await page.getByText('+0.2 s').waitFor();
	await page.waitForFunction(() => [...document.querySelector('video').textTracks]
		.some(({ mode, cues }) => mode === 'showing' && cues?.[0]?.startTime.toFixed(1) === '2.7'));

	await drop(page, 'dropped.SRT', '1\n00:00:02,750 --> 00:00:04,000\nFell from above.\n');
	await page.getByRole('radio', { name: 'dropped' }).waitFor();
	await page.waitForFunction(() => [...document.querySelector('video').textTracks]
		.some(({ mode, cues }) => mode === 'showing' && cues?.[0]?.text === 'Fell from above.'));

	await page.getByRole('radio', { name: 'Off' }).check();
	await page.waitForFunction(() => [...document.querySelector('video').textTracks].every(({ mode }) => mode !== 'showing'));

	await page.getByTestId('subtitle-file').setInputFiles({ name: 'no.srt', mimeType: 'text/plain', buffer: Buffer.from('nothing') });
	await page.getByText('no.srt could not be used').waitFor();
	await visitor.close();
});

test('a season has its files in the list, and a next episode', LIMIT, async () => {
	const visitor = await watching(films.season);
	const { page } = visitor;
	await page.getByRole('heading', { name: 'Show.S01E01.mp4' }).waitFor();
	const rows = page.getByTestId('files').getByRole('listitem');
	assert.equal(await rows.count(), 4);
	await page.getByRole('button', { name: 'Next episode' }).click();
	await page.getByRole('heading', { name: 'Show.S01E02.mp4' }).waitFor();
	assert.match(page.url(), /file=\d/);
	await playedTo(page, 1, 20_000);
	assert.equal(await page.getByRole('button', { name: 'Next episode' }).count(), 0);
	await page.goBack();
	await page.getByRole('heading', { name: 'Show.S01E01.mp4' }).waitFor();
	assertClean(visitor);
	await visitor.close();
});

test('everything can be done from the keyboard', LIMIT, async () => {
	const visitor = await watching(films.clip);
	const { page } = visitor;
	await playedTo(page, 1, 20_000);
	const paused = () => video(page).evaluate(element => element.paused);

	await page.keyboard.press('k');
	assert.equal(await paused(), true);
	await page.keyboard.press('l');
	await page.waitForFunction(() => document.querySelector('video').currentTime > 10);
	await page.keyboard.press('m');
	assert.equal(await video(page).evaluate(element => element.muted), true);
	await page.keyboard.press('d');
	await page.getByTestId('debug').waitFor();
	for (const [key, inUse] of [['f', 'fullscreenElement'], ['i', 'pictureInPictureElement']]) {
		await page.keyboard.press(key);
		await page.waitForFunction(name => document[name] !== null, inUse);
		await page.keyboard.press(key);
		await page.waitForFunction(name => document[name] === null, inUse);
	}

	await page.keyboard.press('?');
	const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
	await help.waitFor();
	await page.keyboard.press('k');
	assert.equal(await paused(), true, 'a key reaches the film through a dialog');
	await help.getByRole('checkbox', { name: 'Use single-key shortcuts' }).uncheck();
	await page.keyboard.press('Escape');
	await help.waitFor({ state: 'hidden' });
	await page.keyboard.press('k');
	assert.equal(await paused(), true, 'shortcuts are off');
	assertClean(visitor);
	await visitor.close();
});

test('the focus goes through the controls in order and is always seen', LIMIT, async () => {
	const visitor = await watching(films.clip);
	const { page } = visitor;
	await playedTo(page, 0.5, 20_000);
	const stops = [];
	for (let i = 0; i < 24; i++) {
		await page.keyboard.press('Tab');
		stops.push(await page.evaluate(() => {
			const element = document.activeElement;
			return element.getAttribute('aria-label') ?? element.textContent.trim() ?? element.tagName;
		}));
	}
	for (const wanted of [/Skip to the content/, /^tstream$/, /^Theme/, /^(play|pause)$/i, /mute/i, /full ?screen/i, /^Download$/, /VLC/])
		assert.ok(stops.some(stop => wanted.test(stop)), `${wanted} is not among ${JSON.stringify(stops)}`);
	await visitor.close();
});

test('the debug panel shows the peer, the pieces and the reader', LIMIT, async () => {
	// Who has everything lets the seeder go: begin anew.
	const gone = await fetch(`${server.origin}/api/torrents/${films.clip.infohash}`, { method: 'DELETE' });
	assert.ok(gone.ok, gone.status);
	const visitor = await watching(films.clip);
	const { page } = visitor;
	await playedTo(page, 0.5, 20_000);
	await page.getByRole('button', { name: 'Debug' }).click();
	const debug = page.getByTestId('debug');
	/* Of its host only: who comes first, it or we, tells the port. */
	await debug.getByText(`${seeder.host}:`).waitFor();
	await debug.getByRole('img', { name: /of \d+ pieces are here/ }).waitFor();
	await debug.getByRole('img', { name: /Download speed/ }).waitFor();
	await debug.getByRole('region', { name: 'Peers' }).waitFor();
	const before = await debug.innerText();
	await page.waitForFunction(old => document.querySelector('[data-testid=debug]').innerText !== old, before);
	assertClean(visitor);
	await visitor.close();
});

test('media keys know the title, and links lead where they say', LIMIT, async () => {
	const visitor = await watching(films.clip, { permissions: ['clipboard-read', 'clipboard-write'] });
	const { page } = visitor;
	await playedTo(page, 0.5, 20_000);
	assert.equal(await page.evaluate(() => navigator.mediaSession.metadata.title), films.clip.name);
	assert.equal(await page.title(), `${films.clip.name} · tstream`);

	const playlist = await page.getByRole('link', { name: 'Open in VLC or mpv' }).getAttribute('href');
	assert.match(await (await fetch(server.origin + playlist)).text(), /^#EXTM3U[^]*\/api\/stream\?/);
	const download = await page.getByRole('link', { name: 'Download', exact: true }).getAttribute('href');
	const head = await fetch(server.origin + download, { method: 'HEAD' });
	assert.match(head.headers.get('content-disposition'), /^attachment;.*filename=/);

	await page.getByRole('button', { name: 'Copy magnet link' }).click();
	await page.getByText('Link copied').waitFor();
	assert.match(await page.evaluate(() => navigator.clipboard.readText()), new RegExp(`^magnet:.*${films.clip.infohash}`));
	assertClean(visitor);
	await visitor.close();
});

test('what the browser cannot play is said to be so, with ways out', LIMIT, async () => {
	const { page, close } = await watching(films.foreign);
	const notice = page.getByRole('alert').filter({ hasText: 'This browser cannot play this file' });
	await notice.waitFor();
	await notice.getByRole('link', { name: 'Open in VLC or mpv' }).waitFor();
	await notice.getByRole('link', { name: 'Download' }).waitFor();
	await close();
});

test('two tabs watch one film', LIMIT, async () => {
	const first = await watching(films.clip);
	const second = await first.context.newPage();
	await second.goto(watchUrl(server, films.clip, seeder));
	await Promise.all([playedTo(first.page, 2, 30_000), playedTo(second, 2, 30_000)]);
	assertClean(first);
	await first.close();
});

test('a .torrent is uploaded, or dropped anywhere, and plays', LIMIT, async () => {
	const visitor = await visit(server);
	const { page } = visitor;
	await server.open(films.clip, seeder); // so that the peer is known
	await page.goto(server.origin);
	await page.getByTestId('torrent-file').setInputFiles({
		name: 'clip.torrent', mimeType: 'application/x-bittorrent', buffer: torrentBytes(films.clip),
	});
	await page.waitForURL(/\/watch\?infohash=/);
	await playedTo(page, 1, 20_000);

	await page.goto(server.origin);
	await page.getByRole('searchbox').or(page.getByRole('textbox')).first().waitFor();
	await drop(page, 'clip.torrent', torrentBytes(films.clip));
	await page.waitForURL(/\/watch\?infohash=/);
	assertClean(visitor);
	await visitor.close();
});

test('names in a torrent are text and nothing else', LIMIT, async () => {
	const visitor = await visit(server);
	const { page } = visitor;
	const response = await fetch(`${server.origin}/api/torrents`, {
		method: 'POST', headers: { 'Content-Type': 'application/x-bittorrent' }, body: torrentBytes(films.hostile),
	});
	assert.ok(response.ok);
	await page.goto(`${server.origin}/watch?infohash=${films.hostile.infohash}`);
	await page.getByText('onerror=').first().waitFor();
	await page.goto(`${server.origin}/watch?magnet=${encodeURIComponent(`${magnetOf(films.hostile)}&dn=%3Cimg%20src=x%20onerror=globalThis.pwned=1%3E`)}`);
	await page.getByText('onerror=').first().waitFor();
	assert.equal(await page.locator('img[src="x"]').count(), 0);
	assert.equal(await page.evaluate(() => globalThis.pwned), undefined);
	assertClean(visitor);
	await visitor.close();
});
