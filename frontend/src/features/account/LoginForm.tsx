import { LoaderCircle } from 'lucide-react';
import { useState, type FormEvent } from 'react';
import { logIn, register } from '@/lib/api';
import { t } from '@/shared/strings';
import { Button } from '@/shared/ui/Button';
import { Notice } from '@/shared/ui/Notice';
import { TextField } from '@/shared/ui/TextField';
import { destinationOf } from './destination';

const a = t.account;

export function LoginForm() {
	const [isNew, setIsNew] = useState(false);
	const [isBusy, setIsBusy] = useState(false);
	const [error, setError] = useState<string | null>(null);

	const submit = async (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const form = new FormData(event.currentTarget);
		setIsBusy(true);
		setError(null);
		try {
			await (isNew ? register : logIn)({
				name: String(form.get('name')), password: String(form.get('password')),
				claim_history: form.get('claim') === 'on',
			});
			// A whole new page, so that nothing of the one before is kept.
			location.assign(destinationOf(new URLSearchParams(location.search).get('next'), location.origin));
		} catch (reason) {
			setError((reason as Error).message);
			setIsBusy(false);
		}
	};

	return (
		<div className="mx-auto max-w-sm pt-6 sm:pt-14">
			<h1 className="mb-5 text-2xl font-semibold">{isNew ? a.register : a.logIn}</h1>
			<form onSubmit={event => void submit(event)} className="space-y-4">
				<TextField label={a.name} name="name" autoComplete="username" autoCapitalize="none" spellCheck={false} maxLength={64} required />
				<TextField label={a.password} name="password" type="password" maxLength={1024} required
					autoComplete={isNew ? 'new-password' : 'current-password'} />
				<label className="flex items-center gap-2 text-sm">
					<input type="checkbox" name="claim" className="size-4 accent-(--accent)" />{a.claim}
				</label>
				{error && <Notice tone="error" title={isNew ? a.registerFailed : a.logInFailed}>{error}</Notice>}
				<Button type="submit" look="solid" className="h-11 w-full" disabled={isBusy}>
					{isBusy && <LoaderCircle aria-hidden className="size-4 animate-spin" />}
					{isNew ? a.register : a.logIn}
				</Button>
			</form>
			<p className="mt-5 text-sm text-soft">
				{isNew ? a.haveOne : a.haveNone}{' '}
				<button type="button" className="min-h-8 font-medium text-accent underline underline-offset-2" onClick={() => {
					setIsNew(!isNew);
					setError(null);
				}}>{isNew ? a.logIn : a.register}</button>
			</p>
		</div>
	);
}
