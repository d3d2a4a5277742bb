import type { AnchorHTMLAttributes, ButtonHTMLAttributes } from 'react';

type Look = 'solid' | 'quiet' | 'ghost';

const BASE = 'inline-flex min-h-10 items-center justify-center gap-2 rounded-lg px-3.5 text-sm font-medium '
	+ 'whitespace-nowrap transition-colors disabled:opacity-55';

const LOOKS: Record<Look, string> = {
	solid: 'bg-accent text-accent-ink hover:brightness-110',
	quiet: 'border border-line bg-surface text-ink hover:bg-raised',
	ghost: 'text-soft hover:bg-raised hover:text-ink',
};

export const buttonClass = (look: Look, extra = '') => `${BASE} ${LOOKS[look]} ${extra}`;

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
	look?: Look;
}

export function Button({ look = 'quiet', className, type = 'button', ...rest }: ButtonProps) {
	return <button type={type} className={buttonClass(look, className)} {...rest} />;
}

/** Only an icon; its label is for those who do not see it, and a tooltip. */
export function IconButton({ label, className = '', ...rest }: ButtonProps & { label: string }) {
	return <Button aria-label={label} title={label} look="ghost" className={`min-w-10 px-2! ${className}`} {...rest} />;
}

interface LinkProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
	look?: Look;
}

/** A link that looks like a button: downloads and pages. */
export function ButtonLink({ look = 'quiet', className, ...rest }: LinkProps) {
	return <a className={buttonClass(look, className)} {...rest} />;
}
