// seal.mjs [FROM [TO]] - make of Next's export what the server loads: the files, each also
// compressed, and manifest.json with their paths, types, digests and policies.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const HERE = dirname(fileURLToPath(import.meta.url));
const from = resolve(process.argv[2] ?? join(HERE, '../out'));
const to = resolve(process.argv[3] ?? join(HERE, '../../build/web'));

const TYPES = {
	'.html': 'text/html; charset=utf-8',
	'.js': 'text/javascript; charset=utf-8',
	'.css': 'text/css; charset=utf-8',
	'.json': 'application/json',
	'.svg': 'image/svg+xml',
	'.png': 'image/png',
	'.webmanifest': 'application/manifest+json',
	'.txt': 'text/plain; charset=utf-8',
};
const OPEN_PAGES = new Set(['/login', '/404']);
const TEXT = /^text\/|json|svg/;
const WORTH_COMPRESSING_BYTES = 512;

/* V8 then compiles all of a script while it arrives, on another thread, rather than each function
   when it is first called, on the one that the page waits for.  To others it is a comment. */
const EAGER = Buffer.from('//# allFunctionsCalledOnLoad\n');

function filesBelow(directory)
{
	return readdirSync(directory, { withFileTypes: true }).flatMap(entry => {
		const path = join(directory, entry.name);
		return entry.isDirectory() ? filesBelow(path) : [path];
	}).sort();
}

// index.html is /, watch.html is /watch.
function pathOf(name)
{
	if (!name.endsWith('.html'))
		return `/${name}`;
	return `/${name.slice(0, -'.html'.length)}`.replace(/\/index$/, '/');
}

// Scripts in the page itself run only if their digest is in its policy.  Data blocks do not run.
function inlineScripts(html)
{
	return [...html.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/g)]
		.filter(([, attributes]) => !/\bsrc=/.test(attributes) && !/type="application\/json"/.test(attributes))
		.map(([, , code]) => `'sha256-${createHash('sha256').update(code).digest('base64')}'`);
}

// Styles may be in the page: the player's components carry theirs along.
function policyOf(html)
{
	const scripts = ["'self'", ...new Set(inlineScripts(html))].join(' ');
	return [
		"default-src 'none'", `script-src ${scripts}`, "style-src 'self' 'unsafe-inline'",
		"img-src 'self' data: blob:", "media-src 'self' blob:", "connect-src 'self'",
		"font-src 'self'", "manifest-src 'self'", "base-uri 'none'", "form-action 'self'",
		"frame-ancestors 'none'",
	].join('; ');
}

/* What pages load at once, as names of files. */
function firstScripts()
{
	const pages = filesBelow(from).filter(path => path.endsWith('.html'));
	return new Set(pages.flatMap(path => [...readFileSync(path, 'utf8').matchAll(/<script src="\/([^"]+)"/g)].map(([, file]) => file)));
}

function compressed(bytes)
{
	return {
		br: ['.br', brotliCompressSync(bytes, { params: {
			[constants.BROTLI_PARAM_QUALITY]: 11,
			[constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
		} })],
		gzip: ['.gz', gzipSync(bytes, { level: 9 })],
	};
}

function seal(scratch, path, eager)
{
	const file = relative(from, path);
	const bytes = Buffer.concat([...eager.has(file) ? [EAGER] : [], readFileSync(path)]);
	const type = TYPES[extname(file)];
	if (!type)
		throw new Error(`seal: no media type is known for ${file}`);
	const entry = {
		path: pathOf(file), file, type,
		digest: createHash('sha256').update(bytes).digest('hex').slice(0, 32),
		encodings: [],
	};
	if (extname(file) === '.html')
		entry.policy = policyOf(bytes.toString('utf8'));
	// With accounts on, the server shows these only to who is logged in.
	if (extname(file) === '.html' && !OPEN_PAGES.has(entry.path))
		entry.private = true;
	if (file.startsWith('_next/static/'))
		entry.immutable = true;
	const target = join(scratch, file);
	mkdirSync(dirname(target), { recursive: true });
	writeFileSync(target, bytes);
	if (TEXT.test(type) && bytes.length >= WORTH_COMPRESSING_BYTES) {
		for (const [coding, [suffix, smaller]] of Object.entries(compressed(bytes))) {
			if (smaller.length < bytes.length) {
				writeFileSync(target + suffix, smaller);
				entry.encodings.push(coding);
			}
		}
	}
	return entry;
}

const scratch = `${to}.new`;
rmSync(scratch, { recursive: true, force: true });
mkdirSync(scratch, { recursive: true });
const eager = firstScripts();
const files = filesBelow(from).filter(path => statSync(path).size > 0).map(path => seal(scratch, path, eager));
writeFileSync(join(scratch, 'manifest.json'), JSON.stringify({ files }, null, '\t'));
rmSync(to, { recursive: true, force: true });
renameSync(scratch, to);
