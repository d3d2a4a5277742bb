import Head from 'next/head';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { t } from '../strings';
import { ThemeButton } from './ThemeButton';

interface ShellProps {
	title?: string;
	/** Beside the theme: the account. */
	aside?: ReactNode;
	children: ReactNode;
}

/** What all pages have: a way past the header, the way home, the theme. */
export function Shell({ title, aside, children }: ShellProps) {
	return (
		<>
			<Head>
				<title>{title ? `${title} · ${t.name}` : `${t.name} · ${t.tagline}`}</title>
				<meta name="viewport" content="width=device-width, initial-scale=1" />
			</Head>
			<a href="#content" className="sr-only rounded-lg bg-accent px-3 py-2 text-accent-ink focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50">{t.skip}</a>
			<header className="mx-auto flex h-14 w-full max-w-6xl items-center justify-between gap-2 px-4">
				<Link href="/" className="inline-flex min-h-10 items-center gap-2 rounded-lg text-lg font-semibold">
					{/* A picture of our own origin, smaller than what next/image would add. */}
					<img src="/icon.svg" alt="" width={26} height={26} />
					{t.name}
				</Link>
				<div className="flex items-center gap-1">
					{aside}
					<ThemeButton />
				</div>
			</header>
			<main id="content" tabIndex={-1} className="mx-auto w-full max-w-6xl px-4 pb-16 outline-none">{children}</main>
		</>
	);
}
