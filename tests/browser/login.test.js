// The login page: who is led there comes in with the right password, and goes where it was going.
//
// LOGIN_PAGE      a page that needs a login
// LOGIN_NAME, LOGIN_PASSWORD  an account
import assert from 'node:assert/strict';
import test from 'node:test';
import { openPage } from './page.js';

const wanted = process.env.LOGIN_PAGE;
const { origin } = new URL(wanted);

async function fill(page, password)
{
	await page.getByLabel('Name').fill(process.env.LOGIN_NAME);
	await page.getByLabel('Password', { exact: true }).fill(password);
	await page.getByRole('button', { name: 'Log in' }).click();
}

test('one logs in and goes on', { timeout: 60_000 }, async () => {
	const { page, faults, foreign, close } = await openPage(origin);
	try {
		await page.goto(wanted);
		assert.equal(new URL(page.url()).pathname, '/login');
		await fill(page, 'wrong password');
		await page.getByRole('alert').filter({ hasText: /wrong/ }).waitFor({ timeout: 10_000 });
		// Browsers write down that they were refused.
		assert.ok(faults.length <= 1 && /401/.test(faults[0] ?? '401'), faults.join('\n'));
		await fill(page, process.env.LOGIN_PASSWORD);
		await page.waitForURL(wanted, { timeout: 10_000 });
		const me = await page.evaluate(async () => (await fetch('/api/auth/me')).json());
		assert.equal(me.name, process.env.LOGIN_NAME);
		assert.equal(await page.evaluate(() => document.cookie), '');
		assert.deepEqual(foreign, []);
	} finally {
		await close();
	}
});

test('a link that leads elsewhere leads home', { timeout: 60_000 }, async () => {
	const { page, foreign, close } = await openPage(origin);
	try {
		for (const next of ['https://evil.example/', '//evil.example/', '/\\evil.example', 'javascript:0']) {
			await page.goto(`${origin}/login?next=${encodeURIComponent(next)}`);
			await fill(page, process.env.LOGIN_PASSWORD);
			await page.waitForURL(`${origin}/`, { timeout: 10_000 });
		}
		assert.deepEqual(foreign, []);
	} finally {
		await close();
	}
});
