// Every page in both themes and three widths: nothing for axe to complain of, nothing too wide.
//
// SCREENSHOTS  a directory to leave a picture of each in; none is taken without it
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { found, startBrokenIndexer, startIndexerOf } from './indexer.js';
import { playedTo, video } from './page.js';
import { endAll, films, readSource, Seeder, Server, visit, watchUrl } from './scene.js';

const LIMIT = { timeout: 120_000 };
const WIDTHS = { 360: 780, 768: 1024, 1440: 900 };
const AXE = readSource(createRequire(import.meta.url).resolve('axe-core/axe.min.js'));
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/* What a search shows: titles long and short, many seeders and none. */
const RELEASES = [
	found('Big Buck Bunny 2008 2160p WEB-DL DDP5.1 H.265', 812, { size: 4_910_000_000 }),
	found('Big.Buck.Bunny.2008.1080p.BluRay.x264.AAC', 346, { size: 1_470_000_000 }),
	found('Big Buck Bunny (2008) 720p WEBRip x264', 58, { size: 733_000_000 }),
	found('Big.Buck.Bunny.2008.Sunflower.2160p.60fps.High.Frame.Rate.Stereoscopic.3D.Abl.With.Every.Subtitle.That.There.Is.In.One.File', 12, { size: 9_120_000_000 }),
	found('Big Buck Bunny DVDRip XviD', 1, { seeders: 0, size: 351_000_000 }),
];

let server, guarded, seeder, indexer, broken;

before(async () => {
	seeder = await Seeder.start(600_000);
	await seeder.seed(films.clip);
	await seeder.seed(films.season);
	[indexer, broken] = await Promise.all([startIndexerOf(() => RELEASES), startBrokenIndexer()]);
	const TORZNAB_URLS = `indexer=${indexer.url} other=${broken.url}`;
	[server, guarded] = await Promise.all([
		Server.start(['--no-archive'], { TORZNAB_URLS }), Server.start(['--no-archive', '--accounts', '--registration', 'open']),
	]);
});

after(async () => {
	await endAll();
	indexer?.stop();
	broken?.stop();
	await Promise.all([server?.stop(), guarded?.stop(), seeder?.stop()]);
});

async function assertAccessible(page, what)
{
	await page.evaluate(AXE);
	const { violations } = await page.evaluate(tags => globalThis.axe.run(document, { runOnly: { type: 'tag', values: tags } }), WCAG);
	const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(node => `${node.html.slice(0, 120)} ${node.failureSummary}`).join(' | ')}`);
	assert.deepEqual(told, [], what);
}

/* @param shown  what is to be seen of a page that is longer than the window */
async function look(page, name, shown)
{
	for (const theme of ['light', 'dark']) {
		await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
		await page.waitForFunction(wanted => document.documentElement.dataset.theme === wanted, theme);
		for (const [width, height] of Object.entries(WIDTHS)) {
			await page.setViewportSize({ width: Number(width), height });
			const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
			assert.ok(overflow <= 0, `${name} at ${width} is ${overflow} px too wide`);
			await shown?.evaluate(element => element.scrollIntoView());
			if (process.env.SCREENSHOTS)
				await page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}-${width}-${theme}.png`) });
			// Colours do not depend on the width, nor names on the theme.
			if (width === (theme === 'light' ? '360' : '1440'))
				await assertAccessible(page, `${name} ${width} ${theme}`);
		}
	}
}

async function watchSome(page, film)
{
	await page.goto(watchUrl(server, film, seeder));
	await playedTo(page, 1, 20_000);
	await video(page).evaluate(element => { element.currentTime = 20; });
	await playedTo(page, 21, 30_000);
	const saved = page.waitForResponse(response => response.url().includes('/api/history') && response.ok());
	await video(page).evaluate(element => element.pause());
	await saved;
}

test('home, first empty, then with what was watched, then with results', LIMIT, async () => {
	const { page, close } = await visit(server);
	await page.goto(server.origin);
	await page.getByText('Nothing was watched yet').waitFor();
	await look(page, 'empty');
	await watchSome(page, films.season);
	await watchSome(page, films.clip);
	await page.goto(server.origin);
	await page.getByTestId('history').waitFor();
	await look(page, 'home');
	await page.goto(`${server.origin}/?query=big+buck+bunny`);
	await page.getByTestId('search-status').getByText('6 results').waitFor();
	await look(page, 'search');
	await close();
});

test('watching, with subtitles and with the debug panel open', LIMIT, async () => {
	// What came for the test before shall come again, while it is looked at.
	await fetch(`${server.origin}/api/torrents/${films.season.infohash}`, { method: 'DELETE' });
	const { page, close } = await visit(server);
	await watchSome(page, films.season);
	await page.getByRole('radio', { name: 'English' }).check();
	await page.mouse.move(400, 300);
	await look(page, 'watch');
	await page.getByRole('button', { name: 'Debug' }).click();
	await page.getByTestId('debug').waitFor();
	await look(page, 'debug', page.getByTestId('debug'));
	await page.keyboard.press('?');
	await page.getByRole('dialog').waitFor();
	await look(page, 'help');
	await close();
});

test('waiting for peers, and a page that is not there', LIMIT, async () => {
	const { page, close } = await visit(server);
	await page.goto(`${server.origin}/watch?magnet=magnet:?xt=urn:btih:${'1'.repeat(40)}%26dn=A.Film.2012.1080p`);
	await page.getByTestId('stage').getByText('Looking for peers').waitFor();
	await look(page, 'waiting');
	await page.goto(`${server.origin}/nowhere`);
	await page.getByRole('heading').waitFor();
	await look(page, 'nowhere');
	await close();
});

test('logging in, and the account', LIMIT, async () => {
	const { page, close } = await visit(guarded);
	await page.goto(`${guarded.origin}/login`);
	await page.getByLabel('Name').waitFor();
	await look(page, 'login');
	await page.getByRole('button', { name: 'Create an account' }).click();
	await page.getByLabel('Name').fill('ada');
	await page.getByLabel('Password', { exact: true }).fill('correct horse battery');
	await page.getByRole('button', { name: 'Create an account' }).click();
	await page.getByRole('link', { name: 'Account: ada' }).waitFor();
	await page.goto(`${guarded.origin}/account`);
	await page.getByText('This browser').waitFor();
	await look(page, 'account');
	await close();
});

/* What is in motion now, and what moves when something changes, in the page and in its controls.
   What only fades does not move. */
function motions()
{
	const rootsOf = root => [root, ...[...root.querySelectorAll('*')].flatMap(({ shadowRoot }) => shadowRoot ? rootsOf(shadowRoot) : [])];
	const roots = rootsOf(document);
	const running = roots.flatMap(root => root.getAnimations())
		.filter(({ effect, playState }) => playState === 'running' && effect.getComputedTiming().endTime > 1);
	const movable = roots.flatMap(root => [...root.querySelectorAll('*')]).filter(element => {
		const { transitionProperty, transitionDuration } = getComputedStyle(element);
		const durations = transitionDuration.split(', ').map(Number.parseFloat);
		return transitionProperty.split(', ').some((property, i) =>
			/^(all|transform|translate|rotate|scale|left|top|(max-|min-)?(width|height)|margin)$/.test(property) && durations[i % durations.length] > 0.001);
	});
	return { running: running.map(({ effect }) => effect.target.outerHTML.slice(0, 80)), movable: movable.map(element => element.outerHTML.slice(0, 80)) };
}

test('what moves stands still for who wants less motion', LIMIT, async () => {
	const { page, close } = await visit(server, { reducedMotion: 'no-preference' });
	await page.goto(`${server.origin}/watch?magnet=magnet:?xt=urn:btih:${'2'.repeat(40)}%26dn=A.Film.2012.1080p`);
	await page.getByTestId('stage').getByText('Looking for peers').waitFor();
	assert.notDeepEqual((await page.evaluate(motions)).running, []);
	await page.emulateMedia({ reducedMotion: 'reduce' });
	assert.deepEqual((await page.evaluate(motions)).running, []);

	await page.goto(watchUrl(server, films.clip, seeder));
	await playedTo(page, 1, 20_000);
	assert.deepEqual((await page.evaluate(motions)).movable, []);
	await page.emulateMedia({ reducedMotion: 'no-preference' });
	assert.notDeepEqual((await page.evaluate(motions)).movable, []);
	await close();
});
