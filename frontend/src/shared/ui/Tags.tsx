import type { Release } from '../release';

export function Tags({ release }: { release: Release }) {
	const tags = [release.episode, ...release.tags].filter((tag): tag is string => tag !== null);
	if (tags.length === 0)
		return null;
	return (
		<ul className="flex flex-wrap gap-1">
			{tags.map(tag => (
				<li key={tag} className="rounded-md bg-raised px-1.5 py-0.5 text-xs font-medium text-soft whitespace-nowrap">{tag}</li>
			))}
		</ul>
	);
}
