import { useEffect } from 'react';
import { isSubtitleName } from './useSubtitles';

/** A subtitle file may be dropped anywhere; other files are somebody else's. */
export function useDroppedSubtitles(add: (file: File) => void) {
	useEffect(() => {
		const onDrop = (event: DragEvent) => {
			const file = [...event.dataTransfer?.files ?? []].find(({ name }) => isSubtitleName(name));
			if (!file)
				return;
			event.preventDefault();
			add(file);
		};
		document.addEventListener('drop', onDrop);
		return () => document.removeEventListener('drop', onDrop);
	}, [add]);
}
