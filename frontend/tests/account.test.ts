import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceOf } from '@/features/account/device';

test('a browser is called what people call it', () => {
	const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36';
	assert.equal(deviceOf(chrome), 'Chrome on Linux');
	assert.equal(deviceOf(`${chrome.replace('X11; Linux x86_64', 'Windows NT 10.0; Win64; x64')} Edg/126.0.0.0`), 'Edge on Windows');
	assert.equal(deviceOf('Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0'), 'Firefox on Android');
	assert.equal(deviceOf('Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1'), 'Safari on iPhone');
});

test('what is no browser is called what it calls itself', () => {
	assert.equal(deviceOf('curl/8.7.1'), 'curl/8.7.1');
	assert.equal(deviceOf(''), 'Unknown device');
});
