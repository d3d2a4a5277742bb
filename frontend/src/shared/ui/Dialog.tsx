import { X } from 'lucide-react';
import { useEffect, useId, useRef, type ReactNode } from 'react';
import { t } from '../strings';
import { IconButton } from './Button';

interface DialogProps {
	title: string;
	isOpen: boolean;
	onClose: () => void;
	children: ReactNode;
}

/** The browser's own modal dialog: it keeps the focus inside, Escape closes it. */
export function Dialog({ title, isOpen, onClose, children }: DialogProps) {
	const dialog = useRef<HTMLDialogElement>(null);
	const id = useId();

	useEffect(() => {
		if (isOpen)
			dialog.current?.showModal();
		else
			dialog.current?.close();
	}, [isOpen]);

	return (
		<dialog ref={dialog} aria-labelledby={id} onClose={onClose}
			onClick={event => event.target === dialog.current && onClose()}
			className="max-h-[85dvh] w-[min(34rem,calc(100vw-2rem))] overflow-auto rounded-2xl border border-line bg-surface p-0 text-ink shadow-2xl">
			{isOpen && (
				<div className="p-5">
					<div className="mb-3 flex items-center justify-between gap-3">
						<h2 id={id} className="text-lg font-semibold">{title}</h2>
						<IconButton label={t.close} onClick={onClose}><X aria-hidden className="size-5" /></IconButton>
					</div>
					{children}
				</div>
			)}
		</dialog>
	);
}
