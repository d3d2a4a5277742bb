import { CircleUserRound } from 'lucide-react';
import Link from 'next/link';
import { t } from '@/shared/strings';
import { buttonClass } from '@/shared/ui/Button';
import { useAccount } from './useAccount';

export function AccountLink() {
	const { data: account } = useAccount();
	if (!account)
		return null;
	return (
		<Link href="/account" prefetch={false} aria-label={t.account.link(account.name)} className={buttonClass('ghost', 'max-w-40')}>
			<CircleUserRound aria-hidden className="size-5 shrink-0" />
			<span className="truncate max-sm:hidden">{account.name}</span>
		</Link>
	);
}
