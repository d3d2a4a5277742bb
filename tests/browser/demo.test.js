// The demo's page in Chromium: plays, seeks to what is not here yet, plays on.
//
// DEMO_PAGES      JSON: the pages that the demo printed
// SCREENSHOT_DIR  where to leave a picture of each
import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { openPage, playedTo, state, video } from './page.js';

const SEEK_TO = 45;
const pages = JSON.parse(process.env.DEMO_PAGES);

async function downloaded(page, url)
{
	const infohash = /btih:([0-9a-f]{40})/.exec(new URL(url).searchParams.get('magnet'))[1];
	const answer = await page.request.get(`${new URL(url).origin}/api/torrents/${infohash}/stats`);
	const stats = await answer.json();
	return { have: stats.have_piece_count, all: stats.piece_count };
}

const isBuffered = ({ buffered }, seconds) =>
	buffered.some(([start, end]) => start <= seconds && seconds <= end);

for (const url of pages) {
	test(`plays and seeks while it downloads: ${url.slice(-60)}`, { timeout: 60_000 }, async () => {
		const { page, faults, foreign, close } = await openPage(new URL(url).origin);
		try {
			await page.goto(url);
			await video(page).waitFor({ timeout: 10_000 });
			await video(page).evaluate(element => element.play());
			const before = await playedTo(page, 1, 15_000);
			assert.ok(Math.abs(before.duration - 60) < 1, `duration ${before.duration}`);
			assert.equal(before.width, 640);

			assert.ok(!isBuffered(before, SEEK_TO), 'the browser has what it shall seek to');
			const { have, all } = await downloaded(page, url);
			assert.ok(have < all, 'the server has everything already');

			await video(page).evaluate((element, to) => { element.currentTime = to; }, SEEK_TO);
			const after = await playedTo(page, SEEK_TO + 2, 15_000);
			assert.equal(after.error, null);
			await page.screenshot({ path: join(process.env.SCREENSHOT_DIR, 'playing.png') });
			assert.ok((await state(page)).currentTime < 60);
			assert.deepEqual(faults, []);
			assert.deepEqual(foreign, []);
		} finally {
			await close();
		}
	});
}

test('a magnet typed into the page plays', { timeout: 60_000 }, async () => {
	const { origin, searchParams } = new URL(pages[0]);
	const { page, faults, foreign, close } = await openPage(origin);
	try {
		await page.goto(origin);
		const field = page.getByRole('textbox').first();
		await field.fill(searchParams.get('magnet'));
		await field.press('Enter');
		await video(page).waitFor({ timeout: 10_000 });
		await video(page).evaluate(element => element.play());
		await playedTo(page, 1, 15_000);
		assert.deepEqual(faults, []);
		assert.deepEqual(foreign, []);
	} finally {
		await close();
	}
});

test('a magnet that is none is said to be so, in words', { timeout: 30_000 }, async () => {
	const { origin } = new URL(pages[0]);
	const { page, foreign, close } = await openPage(origin);
	try {
		await page.goto(origin);
		const field = page.getByRole('textbox').first();
		await field.fill('magnet:?xt=urn:btih:spam');
		await field.press('Enter');
		const said = page.locator('[role=alert], [role=status]').filter({ hasText: /magnet|infohash/i });
		await said.first().waitFor({ timeout: 10_000 });
		assert.deepEqual(foreign, []);
	} finally {
		await close();
	}
});
