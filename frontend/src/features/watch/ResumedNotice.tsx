import { useEffect } from 'react';
import { formatTime } from '@/shared/format';
import { t } from '@/shared/strings';
import type { Resume } from './useResume';

const SHOWN_MS = 8000;

export function ResumedNotice({ resume }: { resume: Resume }) {
	const { resumedAt, startOver, dismiss } = resume;
	useEffect(() => {
		if (resumedAt === null)
			return;
		const timer = setTimeout(dismiss, SHOWN_MS);
		return () => clearTimeout(timer);
	}, [resumedAt, dismiss]);
	if (resumedAt === null)
		return null;
	return (
		<div role="status" className="absolute top-3 left-3 flex items-center gap-3 rounded-lg bg-black/80 py-1.5 pr-1.5 pl-3 text-sm text-white tabular-nums">
			{t.player.resumedAt(formatTime(resumedAt))}
			<button type="button" onClick={startOver} className="min-h-8 rounded-md bg-white/15 px-2.5 font-medium hover:bg-white/25">{t.player.startOver}</button>
		</div>
	);
}
