import dynamic from 'next/dynamic';
import { useRouter } from 'next/router';
import { useCallback, useEffect } from 'react';
import { AccountLink } from '@/features/account/AccountLink';
import { DropZone } from '@/features/open/DropZone';
import { OpenBox } from '@/features/open/OpenBox';
import { useOpener, watchPath } from '@/features/open/useOpener';
import { t } from '@/shared/strings';
import { Shell } from '@/shared/ui/Shell';

// What is not needed to paint the page and to type into its field.
const loadSearchView = () => import('@/features/search/SearchView').then(module => module.SearchView);
const SearchView = dynamic(loadSearchView, { ssr: false });

const LibraryView = dynamic(() => import('@/features/library/LibraryView').then(module => module.LibraryView), { ssr: false });

const first = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value) ?? '';

/** /, /?query=… with results, and /?magnet=…, which leads to the watch page. */
export default function HomePage() {
	const router = useRouter();
	const opener = useOpener();
	const query = first(router.query.query).trim();
	const magnet = first(router.query.magnet);

	useEffect(() => {
		if (magnet)
			void router.replace(watchPath({ magnet }));
	}, [magnet, router]);

	// So that it is there when it is wanted, even if the server is not.
	useEffect(() => {
		loadSearchView().catch(() => {});
	}, []);

	const onSearch = useCallback((text: string) => {
		void router.push(text ? { pathname: '/', query: { query: text } } : '/', undefined, { shallow: true });
	}, [router]);

	return (
		<Shell title={query || undefined} aside={<AccountLink />}>
			<div className="flex flex-col gap-6 pt-4 sm:pt-10">
				<h1 className={query ? 'sr-only' : 'text-center text-2xl font-semibold sm:text-3xl'}>{t.tagline}</h1>
				<OpenBox query={query} onSearch={onSearch} opener={opener} />
				{query ? <SearchView query={query} opener={opener} /> : router.isReady && !magnet && <LibraryView />}
			</div>
			<DropZone onTorrent={opener.openFile} />
		</Shell>
	);
}
