// A film that was left is gone on with, by the session's cookie, which no script can see.
//
// FILM_PAGE      any page of the server
// FILM_INFOHASH  what is watched, here to the last byte
import assert from 'node:assert/strict';
import test from 'node:test';
import { openPage, playedTo, video } from './page.js';

const infohash = process.env.FILM_INFOHASH;
const origin = new URL(process.env.FILM_PAGE).origin;

// As a page does it: ask where to go on, play from there.
async function play(page)
{
	await page.goto(process.env.FILM_PAGE);
	return page.evaluate(async hash => {
		await fetch(`/api/torrents/${hash}`);
		const resume = await (await fetch(`/api/resume?infohash=${hash}`)).json();
		const player = document.createElement('video');
		player.src = `/api/stream?infohash=${hash}&file_index=0`;
		player.muted = true;
		document.body.replaceChildren(player);
		player.currentTime = resume.resume_ms / 1000;
		await player.play();
		return { resume, cookie: document.cookie };
	}, infohash);
}

// As a page does it now and then: say that it watches, and how far it is.
const tellPosition = page => page.evaluate(async hash => {
	const player = document.querySelector('video');
	const send = (method, path, body) => fetch(path, {
		method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
	player.pause();
	const at = Math.round(player.currentTime * 1000);
	const entry = await (await send('POST', '/api/history', { infohash: hash })).json();
	const answer = await send('PUT', `/api/history/${entry.id}/position`,
		{ position_ms: at, duration_ms: Math.round(player.duration * 1000) });
	return { status: answer.status, at };
}, infohash);

test('a film goes on where it was left', { timeout: 60_000 }, async () => {
	const { page, faults, foreign, close } = await openPage(origin);
	try {
		const first = await play(page);
		assert.deepEqual(first.resume, { position_ms: null, duration_ms: null, resume_ms: 0 });
		assert.ok(!first.cookie.includes('tstream'), 'scripts see the cookie');
		await video(page).evaluate(element => { element.currentTime = 6; });
		await playedTo(page, 6.5, 15_000);
		const { status, at } = await tellPosition(page);
		assert.equal(status, 204);

		await page.goto('about:blank');
		const again = await play(page);
		assert.equal(again.resume.position_ms, at);
		assert.equal(again.resume.resume_ms, at);
		assert.ok(Math.abs(again.resume.duration_ms - 14_000) < 500);
		const { currentTime } = await playedTo(page, at / 1000 + 0.5, 15_000);
		assert.ok(currentTime < at / 1000 + 6, `at ${currentTime} s`);

		const history = await page.evaluate(async () => (await fetch('/api/history')).json());
		assert.equal(history.history.length, 1);
		assert.equal(history.history[0].infohash, infohash);
		assert.deepEqual(faults, []);
		assert.deepEqual(foreign, []);
	} finally {
		await close();
	}
});
