// A fresh Chromium with one page that writes down everything that should not happen.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

export const FLAGS = [
	'--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
	'--disable-background-networking', '--disable-component-update', '--disable-sync',
	'--autoplay-policy=no-user-gesture-required', '--mute-audio',
];

// A player drops one media request for another when it seeks: no fault of anyone.
function isFault(request)
{
	return request.failure()?.errorText !== 'net::ERR_ABORTED';
}

// What should not happen on a page, as it happens.
export function watchFaults(page, origin)
{
	const faults = [];
	const foreign = [];
	page.on('console', message => {
		if (message.type() === 'error')
			faults.push(`console: ${message.text()} ${message.location().url}`);
	});
	page.on('pageerror', error => faults.push(`uncaught: ${error.message}`));
	page.on('requestfailed', request => {
		if (isFault(request))
			faults.push(`request: ${request.url()} ${request.failure()?.errorText}`);
	});
	page.on('request', request => {
		const url = new URL(request.url());
		if (!['data:', 'blob:'].includes(url.protocol) && url.origin !== origin)
			foreign.push(request.url());
	});
	return { faults, foreign };
}

export async function openPage(origin)
{
	const profile = mkdtempSync(join(tmpdir(), 'tstream-browser-'));
	const context = await chromium.launchPersistentContext(profile, {
		executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
		args: FLAGS,
		viewport: { width: 1280, height: 900 },
	});
	const page = context.pages()[0] ?? await context.newPage();
	const { faults, foreign } = watchFaults(page, origin);
	const close = async () => {
		await context.close();
		rmSync(profile, { recursive: true, force: true });
	};
	return { page, faults, foreign, close };
}

export const video = page => page.locator('video').first();

export const state = page => video(page).evaluate(element => ({
	currentTime: element.currentTime,
	duration: element.duration,
	width: element.videoWidth,
	error: element.error?.message ?? null,
	buffered: Array.from({ length: element.buffered.length },
		(_, i) => [element.buffered.start(i), element.buffered.end(i)]),
}));

// Resolves with the state in which the film has been played to that time.
export async function playedTo(page, seconds, timeout)
{
	const media = video(page);
	await media.evaluate((element, [wanted, limit]) => new Promise((resolve, reject) => {
		const timer = setTimeout(() => reject(new Error(
			`not at ${wanted} s after ${limit} ms but at ${element.currentTime}: readyState ` +
			`${element.readyState}, ${element.error?.message ?? 'no error'}`)), limit);
		const look = () => {
			if (element.currentTime < wanted || element.seeking)
				return;
			clearTimeout(timer);
			element.removeEventListener('timeupdate', look);
			resolve();
		};
		element.addEventListener('timeupdate', look);
		look();
	}), [seconds, timeout]);
	return state(page);
}
