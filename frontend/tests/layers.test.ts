import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const SRC = join(dirname(fileURLToPath(import.meta.url)), '../src');
const LAYERS = ['shared', 'lib', 'features', 'pages'];

const sources = (readdirSync(SRC, { recursive: true }) as string[])
	.filter(name => /\.tsx?$/.test(name)).map(name => ({ name, text: readFileSync(join(SRC, name), 'utf8') }));

const importsOf = ({ name, text }: { name: string; text: string }) =>
	[...text.matchAll(/(?:from|import)\s*\(?'(@\/|\.\.?\/)([^']+)'/g)].map(([, kind, path]) =>
		kind === '@/' ? path! : relative(SRC, join(SRC, dirname(name), kind! + path!)));

test('imports go from pages to features to lib to shared', () => {
	const wrong = sources.flatMap(source => importsOf(source)
		.filter(path => LAYERS.indexOf(path.split('/')[0]!) > LAYERS.indexOf(source.name.split('/')[0]!))
		.map(path => `${source.name} imports ${path}`));
	assert.deepEqual(wrong, []);
	assert.ok(sources.length > 30);
});

test('only lib talks to the server', () => {
	const wrong = sources.filter(({ name, text }) => !name.startsWith('lib/')
		&& /\bfetch\(|new EventSource|XMLHttpRequest|['"`]\/api\//.test(text));
	assert.deepEqual(wrong.map(({ name }) => name), []);
});

test('no text reaches the page as HTML', () => {
	const wrong = sources.filter(({ text }) => /dangerouslySetInnerHTML|\.innerHTML|insertAdjacentHTML|eval\(/.test(text));
	assert.deepEqual(wrong.map(({ name }) => name), []);
});

test('files are short', () => {
	const long = sources.filter(({ text }) => text.split('\n').length > 300);
	assert.deepEqual(long.map(({ name }) => name), []);
});
