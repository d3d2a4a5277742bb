interface ProgressProps {
	/** 0 to 1. */
	value: number;
	label: string;
	className?: string;
}

export function Progress({ value, label, className = '' }: ProgressProps) {
	const percent = Math.max(0, Math.min(100, value * 100));
	return (
		<div role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100}
			aria-valuenow={Math.floor(percent)}
			className={`h-1 overflow-hidden rounded-full bg-raised ${className}`}>
			<div className="h-full rounded-full bg-accent" style={{ width: `${percent}%` }} />
		</div>
	);
}
