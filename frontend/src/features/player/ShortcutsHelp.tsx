import { useState } from 'react';
import { t } from '@/shared/strings';
import { Dialog } from '@/shared/ui/Dialog';
import { areShortcutsOn, turnShortcuts } from './useShortcuts';

const s = t.shortcuts;

const ROWS: [keys: string[], what: string][] = [
	[['Space', 'K'], s.playPause],
	[['←', 'J'], s.back],
	[['→', 'L'], s.forward],
	[['Shift ←'], s.backFar],
	[['Shift →'], s.forwardFar],
	[['0', '…', '9'], s.tenths],
	[['↑'], s.louder],
	[['↓'], s.quieter],
	[['M'], s.mute],
	[['F'], s.fullscreen],
	[['I'], s.pip],
	[['C'], s.captions],
	[['G'], s.earlier],
	[['H'], s.later],
	[['<'], s.slower],
	[['>'], s.faster],
	[['N'], s.next],
	[['D'], s.debug],
	[['?'], s.help],
];

export function ShortcutsHelp({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
	return (
		<Dialog title={s.title} isOpen={isOpen} onClose={onClose}>
			<dl className="grid grid-cols-1 gap-x-8 gap-y-1.5 text-sm sm:grid-cols-2">
				{ROWS.map(([keys, what]) => (
					<div key={what} className="flex items-center justify-between gap-3">
						<dt className="text-soft">{what}</dt>
						<dd className="flex gap-1">
							{keys.map(key => key === '…' ? <span key={key}>…</span> : (
								<kbd key={key} className="rounded-md border border-line bg-raised px-1.5 py-0.5 font-sans text-xs whitespace-nowrap">{key}</kbd>
							))}
						</dd>
					</div>
				))}
			</dl>
			<Switch />
		</Dialog>
	);
}

/* Who dictates, or hits keys by accident, can do without. */
function Switch() {
	const [isOn, setIsOn] = useState(areShortcutsOn);
	return (
		<label className="mt-4 flex items-center gap-2 border-t border-line pt-4 text-sm">
			<input type="checkbox" checked={isOn} className="size-4 accent-(--accent)" onChange={event => {
				setIsOn(event.target.checked);
				turnShortcuts(event.target.checked);
			}} />
			{s.single}
		</label>
	);
}
