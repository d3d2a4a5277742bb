// A static export; the server serves it (see scripts/seal.mjs).  `npm run dev` passes what is
// under /api on to a server, which must be started with --allowed-origins http://localhost:3000.
import { PHASE_DEVELOPMENT_SERVER } from 'next/constants.js';

const server = process.env.TSTREAM_SERVER ?? 'http://127.0.0.1:8080';

const common = {
	reactStrictMode: true,
	poweredByHeader: false,
	devIndicators: false,
	// `npm run check` is where types are checked.
	typescript: { ignoreBuildErrors: true },
	eslint: { ignoreDuringBuilds: true },
	// The same sources give the same names.
	generateBuildId: () => process.env.TSTREAM_WEB_BUILD ?? null,
};

// What a browser gets.  Preact is React's interface in a tenth of its size, most of which React
// spends on what no page of ours does; pages are still rendered into the export by React itself.
const PREACT = {
	'react$': 'preact/compat',
	'react/jsx-runtime$': 'preact/jsx-runtime',
	'react-dom$': 'preact/compat',
	'react-dom/client$': 'preact/compat/client',
};

// One file of what pages have in common, which V8 compiles while it arrives (scripts/seal.mjs);
// it does not care to for small ones.
const SHARED = {
	name: 'shared', minChunks: 2, priority: 10, enforce: true,
	chunks: ({ name }) => /^pages\/(?!_app$)/.test(name ?? ''),
};

function forBrowsers(config, { isServer }) {
	if (isServer)
		return config;
	config.resolve.alias = { ...config.resolve.alias, ...PREACT };
	Object.assign(config.optimization.splitChunks.cacheGroups, { default: false, defaultVendors: false, shared: SHARED });
	return config;
}

export default phase => phase === PHASE_DEVELOPMENT_SERVER
	? {
		...common,
		compress: false, // it would hold events back
		rewrites: async () => [{ source: '/api/:path*', destination: `${server}/api/:path*` }],
	}
	: { ...common, output: 'export', images: { unoptimized: true }, webpack: forBrowsers };
