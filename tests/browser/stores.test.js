// Searching, history and popular films with PostgreSQL and Redis, across servers.
//
// SCENE  as for scene.js, and stores: the environment that names them
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { found, startIndexerOf } from './indexer.js';
import { playedTo, video, watchFaults } from './page.js';
import { endAll, films, Seeder, scene, Server, visit, watchUrl } from './scene.js';

const LIMIT = { timeout: 60_000 };
let indexer, seeder, servers = [];

before(async () => {
	[indexer, seeder] = await Promise.all([startIndexerOf(() => [found('Shared Film', 7)]), Seeder.start()]);
	await seeder.seed(films.clip);
	const start = () => Server.start(['--no-archive'], { ...scene.stores, TORZNAB_URLS: `only=${indexer.url}` });
	servers = [await start(), await start()];
});

after(async () => {
	await endAll();
	indexer?.stop();
	await Promise.all([...servers, seeder].map(each => each?.stop()));
});

test('what one server found and showed, another knows', LIMIT, async () => {
	const [first, second] = servers;
	const { page, context, close, faults } = await visit(first);
	await page.goto(`${first.origin}/?query=shared+film`);
	await page.getByTestId('search-status').getByText('1 result').waitFor();
	await page.goto(watchUrl(first, films.clip, seeder));
	await playedTo(page, 6, 30_000);
	const saved = page.waitForResponse(response => response.url().includes('/api/history') && response.ok());
	await video(page).evaluate(element => element.pause());
	await saved;
	await page.goto('about:blank');
	await first.kill();

	// The same viewer: cookies do not know of ports.
	indexer.stop();
	const other = await context.newPage();
	const onSecond = watchFaults(other, second.origin);
	await other.goto(`${second.origin}/?query=shared+film`);
	await other.getByRole('link', { name: /Shared Film/ }).waitFor();
	assert.equal((await second.json('/api/search?query=shared+film')).cached, true);
	await other.goto(second.origin);
	await other.getByRole('region', { name: 'Continue watching' }).getByText(/left$/).waitFor();
	await other.getByRole('region', { name: 'Popular here' }).getByText('1 viewer').waitFor();
	await other.goto(watchUrl(second, films.clip, seeder));
	await other.getByText(/Resumed at 0:0\d/).waitFor();
	await other.goto(second.origin);
	await other.getByRole('button', { name: 'Clear the history' }).click();
	await other.getByRole('button', { name: 'Clear it' }).click();
	await other.getByText('Nothing was watched yet').waitFor();
	assert.deepEqual([...faults, ...onSecond.faults], []);
	await close();
});
