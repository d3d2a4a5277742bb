import { LoginForm } from '@/features/account/LoginForm';
import { t } from '@/shared/strings';
import { Shell } from '@/shared/ui/Shell';

export default function LoginPage() {
	return <Shell title={t.account.logIn}><LoginForm /></Shell>;
}
