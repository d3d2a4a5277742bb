// Names in a torrent are a stranger's text: the page shows them and runs nothing.
//
// HOSTILE_PAGE  a page with a torrent whose files have such names
import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { openPage } from './page.js';

test('a name that looks like a program is only shown', { timeout: 30_000 }, async () => {
	const url = process.env.HOSTILE_PAGE;
	const { page, foreign, close } = await openPage(new URL(url).origin);
	try {
		await page.goto(url);
		await page.getByText('onerror=').first().waitFor({ timeout: 10_000 });
		assert.equal(await page.locator('img[src="x"]').count(), 0);
		assert.equal(await page.evaluate(() => globalThis.pwned), undefined);
		assert.deepEqual(foreign, []);
		await page.screenshot({ path: join(process.env.SCREENSHOT_DIR, 'names.png') });
	} finally {
		await close();
	}
});
