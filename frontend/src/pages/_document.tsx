import { Head, Html, Main, NextScript } from 'next/document';

export default function Document() {
	return (
		<Html lang="en" data-theme="light" suppressHydrationWarning>
			<Head>
				<meta name="color-scheme" content="light dark" />
				<meta name="referrer" content="no-referrer" />
				<link rel="icon" href="/icon.svg" type="image/svg+xml" />
				{/* A page that is shown by halves moves: show it when all of it was read. */}
				<link rel="expect" href="#__next" blocking="render" />
				{/* Must run before the first paint, hence neither async nor deferred. */}
				<script src="/theme.js" />
			</Head>
			<body>
				<Main />
				<NextScript />
			</body>
		</Html>
	);
}
