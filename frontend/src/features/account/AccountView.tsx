import { useState, type FormEvent } from 'react';
import useSWR from 'swr';
import { changePassword, deleteAccount, endLogin, endOtherLogins, getLogins, logOut, type Account, type Login } from '@/lib/api';
import { t } from '@/shared/strings';
import { Button } from '@/shared/ui/Button';
import { Dialog } from '@/shared/ui/Dialog';
import { Notice } from '@/shared/ui/Notice';
import { Section } from '@/shared/ui/Section';
import { TextField } from '@/shared/ui/TextField';
import { deviceOf } from './device';

const a = t.account;
const leave = () => location.assign('/login');

export function AccountView({ account }: { account: Account }) {
	return (
		<div className="mx-auto max-w-2xl space-y-4 pt-4">
			<div className="flex flex-wrap items-center justify-between gap-3">
				<h1 className="text-2xl font-semibold">{account.name}</h1>
				<Button onClick={() => void logOut().finally(leave)}>{a.logOut}</Button>
			</div>
			<Logins />
			<Section title={a.changePassword}><PasswordForm /></Section>
			<Section title={a.delete}><DeleteForm /></Section>
		</div>
	);
}

function Logins() {
	const { data, mutate, error } = useSWR<Login[], Error>('logins', getLogins);
	const end = (action: Promise<void>) => void action.finally(() => void mutate());
	const others = data?.filter(login => !login.is_current) ?? [];
	return (
		<Section title={a.logins} aside={others.length > 0 && <Button look="ghost" onClick={() => end(endOtherLogins())}>{a.endOthers}</Button>}>
			{error && <Notice tone="error" title={t.errors.title}>{error.message}</Notice>}
			<ul className="divide-y divide-line text-sm">
				{data?.map(login => (
					<li key={login.id} className="flex items-center justify-between gap-3 py-2">
						<div className="min-w-0">
							<p className="line-clamp-2" title={login.label}>{deviceOf(login.label)}</p>
							<p className="text-xs text-soft">{login.is_current ? a.thisBrowser : a.since(new Date(login.created_at).toLocaleDateString('en'))}</p>
						</div>
						{!login.is_current && <Button look="ghost" onClick={() => end(endLogin(login.id))}>{a.end}</Button>}
					</li>
				))}
			</ul>
		</Section>
	);
}

type Outcome = { tone: 'error' | 'info'; text: string } | null;

function PasswordForm() {
	const [outcome, setOutcome] = useState<Outcome>(null);
	const submit = async (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const form = event.currentTarget;
		const data = new FormData(form);
		try {
			await changePassword(String(data.get('old')), String(data.get('new')));
			form.reset();
			setOutcome({ tone: 'info', text: a.passwordChanged });
		} catch (reason) {
			setOutcome({ tone: 'error', text: (reason as Error).message });
		}
	};
	return (
		<form onSubmit={event => void submit(event)} className="space-y-3">
			<TextField label={a.oldPassword} name="old" type="password" autoComplete="current-password" maxLength={1024} required />
			<TextField label={a.newPassword} name="new" type="password" autoComplete="new-password" maxLength={1024} required />
			{outcome && <Notice tone={outcome.tone} title={outcome.text} />}
			<Button type="submit">{a.changePassword}</Button>
		</form>
	);
}

function DeleteForm() {
	const [isOpen, setIsOpen] = useState(false);
	const [error, setError] = useState<string | null>(null);
	const submit = async (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		try {
			await deleteAccount(String(new FormData(event.currentTarget).get('password')));
			leave();
		} catch (reason) {
			setError((reason as Error).message);
		}
	};
	return (
		<>
			<p className="mb-3 text-sm text-soft">{a.deleteText}</p>
			<Button onClick={() => setIsOpen(true)}>{a.delete}</Button>
			<Dialog title={a.delete} isOpen={isOpen} onClose={() => setIsOpen(false)}>
				<form onSubmit={event => void submit(event)} className="space-y-3">
					<p className="text-sm text-soft">{a.deleteText}</p>
					<TextField label={a.password} name="password" type="password" autoComplete="current-password" maxLength={1024} required />
					{error && <Notice tone="error" title={error} />}
					<div className="flex justify-end gap-2">
						<Button onClick={() => setIsOpen(false)}>{t.cancel}</Button>
						<Button type="submit" look="solid">{a.deleteConfirm}</Button>
					</div>
				</form>
			</Dialog>
		</>
	);
}
