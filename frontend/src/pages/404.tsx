import Link from 'next/link';
import { buttonClass } from '@/shared/ui/Button';
import { Shell } from '@/shared/ui/Shell';
import { t } from '@/shared/strings';

export default function NotFound() {
	return (
		<Shell title={t.errors.notFound}>
			<div className="grid place-items-center gap-4 py-24 text-center">
				<h1 className="text-2xl font-semibold">{t.errors.notFound}</h1>
				<Link href="/" className={buttonClass('solid')}>{t.errors.goHome}</Link>
			</div>
		</Shell>
	);
}
