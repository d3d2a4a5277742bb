import { FileDown } from 'lucide-react';
import { useEffect, useState } from 'react';
import { t } from '@/shared/strings';

const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;

interface DropZoneProps {
	onTorrent: (file: File) => void;
	/** What may be dropped, where that is more than a .torrent. */
	hint?: string;
}

/** A .torrent may be dropped anywhere on any page.  What else is dropped must not replace the page. */
export function DropZone({ onTorrent, hint = t.open.drop }: DropZoneProps) {
	const [isOver, setIsOver] = useState(false);

	useEffect(() => {
		const onOver = (event: DragEvent) => {
			if (!hasFiles(event))
				return;
			event.preventDefault();
			setIsOver(true);
		};
		const onLeave = (event: DragEvent) => {
			if (event.relatedTarget === null)
				setIsOver(false);
		};
		const onDrop = (event: DragEvent) => {
			setIsOver(false);
			if (!hasFiles(event) || event.defaultPrevented)
				return;
			event.preventDefault();
			const files = [...event.dataTransfer?.files ?? []];
			const file = files.find(({ name }) => /\.torrent$/i.test(name)) ?? files[0];
			if (file)
				onTorrent(file);
		};
		addEventListener('dragover', onOver);
		addEventListener('dragleave', onLeave);
		addEventListener('drop', onDrop);
		return () => {
			removeEventListener('dragover', onOver);
			removeEventListener('dragleave', onLeave);
			removeEventListener('drop', onDrop);
		};
	}, [onTorrent]);

	if (!isOver)
		return null;
	return (
		<div className="pointer-events-none fixed inset-3 z-40 grid place-items-center rounded-2xl border-2 border-dashed border-accent bg-ground/90">
			<p className="flex items-center gap-3 text-lg font-medium"><FileDown aria-hidden className="size-7 text-accent" />{hint}</p>
		</div>
	);
}
