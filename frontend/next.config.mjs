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

export default phase => phase === PHASE_DEVELOPMENT_SERVER
	? {
		...common,
		compress: false, // it would hold events back
		rewrites: async () => [{ source: '/api/:path*', destination: `${server}/api/:path*` }],
	}
	: { ...common, output: 'export', images: { unoptimized: true } };
