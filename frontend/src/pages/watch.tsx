import { useRouter } from 'next/router';
import { useCallback, useMemo, useState } from 'react';
import type { TorrentName } from '@/lib/api';
import { AccountLink } from '@/features/account/AccountLink';
import { DropZone } from '@/features/open/DropZone';
import { useOpener } from '@/features/open/useOpener';
import { WatchView } from '@/features/watch/WatchView';
import { t } from '@/shared/strings';
import { Notice } from '@/shared/ui/Notice';
import { Shell } from '@/shared/ui/Shell';

const first = (value: string | string[] | undefined) => Array.isArray(value) ? value[0] : value;

/** /watch?magnet=… or ?infohash=…, and &file= for another than the largest. */
export default function WatchPage() {
	const router = useRouter();
	const magnet = first(router.query.magnet);
	const infohash = first(router.query.infohash);
	const asked = first(router.query.file);
	const file = asked !== undefined && /^\d{1,9}$/.test(asked) ? Number(asked) : null;
	const name = useMemo<TorrentName | null>(
		() => magnet ? { magnet } : infohash ? { infohash } : null, [magnet, infohash]);

	const opener = useOpener();
	const [title, setTitle] = useState<string>(t.player.play);

	const onFile = useCallback((index: number) => {
		void router.push({ query: { ...router.query, file: index } }, undefined, { scroll: false });
	}, [router]);

	return (
		<Shell title={title} aside={<AccountLink />}>
			{name && <WatchView name={name} askedFile={file} onFile={onFile} onTitle={setTitle} />}
			{opener.error && <Notice tone="error" title={t.open.failed}>{opener.error}</Notice>}
			{router.isReady && !name && <Notice tone="error" title={t.errors.title}>{t.errors.noTorrent}</Notice>}
			<DropZone onTorrent={opener.openFile} hint={t.open.dropWatching} />
		</Shell>
	);
}
