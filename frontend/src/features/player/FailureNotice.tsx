import { Download, ListVideo } from 'lucide-react';
import { playlistUrl } from '@/lib/api';
import { t } from '@/shared/strings';
import { Button, ButtonLink } from '@/shared/ui/Button';
import { Notice } from '@/shared/ui/Notice';
import type { Failure } from './useRecovery';

interface FailureNoticeProps {
	failure: Failure;
	mediaType: string;
	infohash: string;
	downloadUrl: string;
	onRetry: () => void;
}

/** Never a dead end: another player can, or another try. */
export function FailureNotice({ failure, mediaType, infohash, downloadUrl, onRetry }: FailureNoticeProps) {
	if (failure.kind === 'refused')
		return (
			<Notice tone="error" title={t.errors.title} action={<Button onClick={onRetry}>{t.retry}</Button>}>{failure.message}</Notice>
		);
	return (
		<Notice tone="error" title={t.player.unsupported} action={(
			<>
				<ButtonLink look="solid" href={playlistUrl(infohash)}><ListVideo aria-hidden className="size-4" />{t.player.openExternal}</ButtonLink>
				<ButtonLink href={downloadUrl}><Download aria-hidden className="size-4" />{t.player.download}</ButtonLink>
			</>
		)}>
			{t.player.unsupportedDetail(mediaType)}
		</Notice>
	);
}
