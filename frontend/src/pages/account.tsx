import { AccountLink } from '@/features/account/AccountLink';
import { AccountView } from '@/features/account/AccountView';
import { useAccount } from '@/features/account/useAccount';
import { t } from '@/shared/strings';
import { Notice } from '@/shared/ui/Notice';
import { Shell } from '@/shared/ui/Shell';

export default function AccountPage() {
	const { data: account, error } = useAccount();
	return (
		<Shell title={t.account.title} aside={<AccountLink />}>
			{account && <AccountView account={account} />}
			{account === null && <Notice title={t.account.none} />}
			{error instanceof Error && <Notice tone="error" title={t.errors.title}>{error.message}</Notice>}
		</Shell>
	);
}
