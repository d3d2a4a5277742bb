import type { InputHTMLAttributes } from 'react';

interface TextFieldProps extends InputHTMLAttributes<HTMLInputElement> {
	label: string;
}

export function TextField({ label, ...rest }: TextFieldProps) {
	return (
		<label className="block text-sm">
			<span className="mb-1 block font-medium">{label}</span>
			<input className="h-11 w-full rounded-lg border border-edge bg-surface px-3 text-base" {...rest} />
		</label>
	);
}
