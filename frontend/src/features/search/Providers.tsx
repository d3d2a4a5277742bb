import { Check, CircleAlert, LoaderCircle } from 'lucide-react';
import type { ProviderState } from '@/lib/api';
import { t } from '@/shared/strings';

const s = t.search;

/** How each provider fared; the summary says at once whether one is missing. */
export function Providers({ providers }: { providers: ProviderState[] }) {
	const failed = providers.filter(provider => !['ok', 'waiting'].includes(provider.status));
	if (providers.length === 0)
		return null;
	return (
		<details className="group relative text-sm" data-testid="providers">
			<summary className={`inline-flex min-h-9 list-none items-center gap-1.5 rounded-lg px-2 hover:bg-raised ${failed.length > 0 ? 'text-danger' : 'text-soft'}`}>
				{failed.length > 0 && <CircleAlert aria-hidden className="size-4" />}
				{failed.length > 0 ? s.providersFailed(failed.length, providers.length) : s.providers(providers.length)}
			</summary>
			<ul className="absolute right-0 z-20 mt-1 w-[min(24rem,calc(100vw-2rem))] space-y-2 rounded-xl border border-line bg-surface p-3 shadow-xl max-sm:left-0">
				{providers.map(provider => <Provider key={provider.name} provider={provider} />)}
			</ul>
		</details>
	);
}

function Provider({ provider }: { provider: ProviderState }) {
	const { status } = provider;
	const Icon = status === 'ok' ? Check : status === 'waiting' ? LoaderCircle : CircleAlert;
	const tone = status === 'ok' ? 'text-good' : status === 'waiting' ? 'animate-spin text-soft' : 'text-danger';
	return (
		<li className="flex gap-2">
			<Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${tone}`} />
			<div className="min-w-0">
				<p className="font-medium">{provider.name}</p>
				<p className="text-soft">
					{s.statuses[status as keyof typeof s.statuses] ?? status}
					{status === 'ok' || status === 'partial' ? ` · ${s.count(provider.result_count ?? 0)}` : ''}
					{typeof provider.elapsed_ms === 'number' ? ` · ${t.debug.ms(provider.elapsed_ms)}` : ''}
				</p>
				{provider.message && <p className="text-soft">{provider.message}</p>}
			</div>
		</li>
	);
}
