import { CircleAlert, Info } from 'lucide-react';
import type { ReactNode } from 'react';

interface NoticeProps {
	tone?: 'error' | 'info';
	title: string;
	children?: ReactNode;
	/** What can be done about it. */
	action?: ReactNode;
}

const TONES = {
	error: { look: 'border-danger/40 bg-danger-tint', icon: 'text-danger', Icon: CircleAlert, role: 'alert' },
	info: { look: 'border-line bg-surface', icon: 'text-soft', Icon: Info, role: 'status' },
} as const;

export function Notice({ tone = 'info', title, children, action }: NoticeProps) {
	const { look, icon, Icon, role } = TONES[tone];
	return (
		<div role={role} className={`flex flex-wrap items-start gap-3 rounded-xl border p-4 ${look}`}>
			<Icon aria-hidden className={`mt-0.5 size-5 shrink-0 ${icon}`} />
			<div className="min-w-0 flex-1 basis-56">
				<p className="font-medium">{title}</p>
				{children && <div className="mt-0.5 text-sm text-soft">{children}</div>}
			</div>
			{action && <div className="flex flex-wrap gap-2">{action}</div>}
		</div>
	);
}
