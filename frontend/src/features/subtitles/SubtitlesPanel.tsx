import { Minus, Plus, Upload } from 'lucide-react';
import { useRef } from 'react';
import type { Subtitle } from '@/lib/api';
import { t } from '@/shared/strings';
import { Button, IconButton } from '@/shared/ui/Button';
import { Notice } from '@/shared/ui/Notice';
import type { Subtitles } from './useSubtitles';

const s = t.subtitles;

export function SubtitlesPanel({ subtitles }: { subtitles: Subtitles }) {
	const input = useRef<HTMLInputElement>(null);
	return (
		<div className="space-y-3">
			<Choice subtitles={subtitles} />
			{subtitles.chosen && <Delay seconds={subtitles.delay} onStep={subtitles.stepDelay} onReset={subtitles.resetDelay} />}
			<div>
				<Button onClick={() => input.current?.click()}><Upload aria-hidden className="size-4" />{s.upload}</Button>
				<input ref={input} type="file" hidden accept=".srt,.vtt" data-testid="subtitle-file" onChange={event => {
					const file = event.target.files?.[0];
					event.target.value = ''; // the same file may be chosen again
					if (file)
						subtitles.add(file);
				}} />
				<p className="mt-1 text-xs text-soft max-sm:hidden">{s.dropHint}</p>
			</div>
			{subtitles.error && <Notice tone="error" title={s.failed(subtitles.error.name)}>{subtitles.error.message}</Notice>}
		</div>
	);
}

function Choice({ subtitles }: { subtitles: Subtitles }) {
	const { list, chosen, choose } = subtitles;
	if (list.length === 0)
		return <p className="text-sm text-soft">{s.none}</p>;
	const options: (Subtitle | null)[] = [null, ...list];
	return (
		<fieldset>
			<legend className="sr-only">{s.title}</legend>
			<div className="flex flex-wrap gap-2">
				{options.map(option => (
					<label key={option?.url ?? ''} className="inline-flex min-h-9 cursor-pointer items-center gap-2 rounded-lg border border-line bg-surface px-3 text-sm has-checked:border-accent has-checked:bg-tint has-checked:font-medium has-focus-visible:outline-2 has-focus-visible:outline-accent">
						<input type="radio" name="subtitle" className="accent-(--accent)" checked={(chosen?.url ?? null) === (option?.url ?? null)} onChange={() => choose(option?.url ?? null)} />
						<span lang={option?.language || undefined}>{option?.label ?? s.off}</span>
					</label>
				))}
			</div>
		</fieldset>
	);
}

function Delay({ seconds, onStep, onReset }: { seconds: number; onStep: (step: number) => void; onReset: () => void }) {
	return (
		<div role="group" aria-label={s.delay} className="flex items-center gap-1 text-sm">
			<span className="mr-2">{s.delay}</span>
			<IconButton label={s.earlier} onClick={() => onStep(-0.1)}><Minus aria-hidden className="size-4" /></IconButton>
			<output aria-live="polite" className="min-w-16 text-center tabular-nums">{s.delayValue(seconds)}</output>
			<IconButton label={s.later} onClick={() => onStep(0.1)}><Plus aria-hidden className="size-4" /></IconButton>
			{seconds !== 0 && <Button look="ghost" onClick={onReset}>{s.reset}</Button>}
		</div>
	);
}
