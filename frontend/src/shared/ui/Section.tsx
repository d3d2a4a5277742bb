import type { ReactNode } from 'react';

interface SectionProps {
	title: string;
	id?: string;
	aside?: ReactNode;
	children: ReactNode;
}

export function Section({ title, id, aside, children }: SectionProps) {
	return (
		<section id={id} aria-label={title} className="min-w-0 rounded-xl border border-line bg-surface p-4">
			<div className="mb-2 flex items-center justify-between gap-3">
				<h2 className="font-semibold">{title}</h2>
				{aside}
			</div>
			{children}
		</section>
	);
}
