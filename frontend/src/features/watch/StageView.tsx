import { CircleAlert, LoaderCircle } from 'lucide-react';
import { useEffect, useState } from 'react';
import { stageOf, type StageInput } from './stage';

/** Over the picture, while there is none to see. */
export function StageView(input: Omit<StageInput, 'waitedSeconds'>) {
	const waitedSeconds = useSeconds();
	const { title, details, isOver } = stageOf({ ...input, waitedSeconds });
	return (
		<div data-testid="stage"
			className="pointer-events-none flex max-w-md flex-col items-center gap-1 rounded-2xl bg-black/70 px-6 py-4 text-center text-white">
			{isOver
				? <CircleAlert aria-hidden className="mb-1 size-7 opacity-80" />
				: <LoaderCircle aria-hidden className="mb-1 size-7 animate-spin opacity-80 motion-reduce:animate-none" />}
			{/* Figures change all the time: only what they are about is read out by itself. */}
			<p role="status" className="text-base font-medium">{title}</p>
			{details.map(detail => <p key={detail} className="text-sm text-white/85 tabular-nums">{detail}</p>)}
		</div>
	);
}

function useSeconds(): number {
	const [seconds, setSeconds] = useState(0);
	useEffect(() => {
		const timer = setInterval(() => setSeconds(count => count + 1), 1000);
		return () => clearInterval(timer);
	}, []);
	return seconds;
}
