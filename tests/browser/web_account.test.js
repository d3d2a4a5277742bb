// Pages of a server with accounts.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { endAll, Server, visit } from './scene.js';

const LIMIT = { timeout: 60_000 };
const PASSWORD = 'correct horse battery';
let server;

before(async () => {
	server = await Server.start(['--accounts', '--registration', 'open', '--no-archive']);
});

after(async () => {
	await endAll();
	await server?.stop();
});

async function fillIn(page, name, password)
{
	await page.getByLabel('Name').fill(name);
	await page.getByLabel('Password', { exact: true }).fill(password);
}

test('an account is made, left, entered, changed and deleted', LIMIT, async () => {
	const { page, foreign, close } = await visit(server);
	await page.goto(`${server.origin}/?query=sintel`);
	await page.waitForURL(/\/login\?next=/);
	await page.getByRole('button', { name: 'Create an account' }).click();
	await fillIn(page, 'ada', PASSWORD);
	await page.getByRole('button', { name: 'Create an account' }).click();
	await page.waitForURL(/\/\?query=sintel/);
	await page.getByTestId('results').waitFor();

	await page.getByRole('link', { name: 'Account: ada' }).click();
	await page.getByRole('heading', { name: 'ada' }).waitFor();
	await page.getByText('This browser').waitFor();
	await page.getByLabel('Present password').fill('wrong');
	await page.getByLabel('New password').fill(`${PASSWORD} staple`);
	await page.getByRole('button', { name: 'Change the password' }).click();
	await page.getByRole('alert').waitFor();
	await page.getByLabel('Present password').fill(PASSWORD);
	await page.getByRole('button', { name: 'Change the password' }).click();
	await page.getByText('The password is changed').waitFor();

	await page.getByRole('button', { name: 'Log out', exact: true }).click();
	await page.waitForURL(/\/login/);
	await fillIn(page, 'ada', PASSWORD);
	await page.getByRole('button', { name: 'Log in' }).click();
	await page.getByRole('alert').filter({ hasText: 'You are not logged in' }).waitFor();
	await fillIn(page, 'ada', `${PASSWORD} staple`);
	await page.getByRole('button', { name: 'Log in' }).click();
	await page.getByRole('link', { name: 'Account: ada' }).click();

	await page.getByRole('button', { name: 'Delete the account' }).click();
	const dialog = page.getByRole('dialog', { name: 'Delete the account' });
	await dialog.getByLabel('Password').fill(`${PASSWORD} staple`);
	await dialog.getByRole('button', { name: 'Delete it' }).click();
	await page.waitForURL(/\/login/);
	assert.equal((await fetch(`${server.origin}/api/history`)).status, 401);
	assert.deepEqual(foreign, []);
	await close();
});

test('another browser’s login can be ended', LIMIT, async () => {
	const [first, second] = [await visit(server), await visit(server)];
	for (const [{ page }, button] of [[first, 'Create an account'], [second, 'Log in']]) {
		await page.goto(`${server.origin}/login`);
		if (button !== 'Log in')
			await page.getByRole('button', { name: button }).click();
		await fillIn(page, 'grace', PASSWORD);
		await page.getByRole('button', { name: button }).first().click();
		await page.getByRole('link', { name: 'Account: grace' }).waitFor();
	}
	await first.page.goto(`${server.origin}/account`);
	await first.page.getByRole('button', { name: 'Log out all others' }).click();
	await first.page.getByRole('button', { name: 'Log out all others' }).waitFor({ state: 'detached' });
	await second.page.goto(server.origin);
	await second.page.waitForURL(/\/login/);
	await Promise.all([first.close(), second.close()]);
});

test('after logging in nobody is led to another site', LIMIT, async () => {
	const { page, foreign, close } = await visit(server);
	await page.goto(`${server.origin}/login?next=${encodeURIComponent('//evil.example/x')}`);
	await page.getByRole('button', { name: 'Create an account' }).click();
	await fillIn(page, 'alan', PASSWORD);
	await page.getByRole('button', { name: 'Create an account' }).click();
	await page.getByRole('link', { name: 'Account: alan' }).waitFor();
	assert.equal(new URL(page.url()).origin, server.origin);
	assert.deepEqual(foreign, []);
	await close();
});
