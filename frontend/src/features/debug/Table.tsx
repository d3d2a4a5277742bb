interface TableProps {
	label: string;
	head: string[];
	rows: string[][];
}

/** Wide figures scroll by themselves, by keyboard too. */
export function Table({ label, head, rows }: TableProps) {
	return (
		<div role="region" aria-label={label} tabIndex={0} className="overflow-x-auto rounded-lg border border-line">
			<table className="w-full text-left text-xs tabular-nums">
				<thead className="bg-raised text-soft">
					<tr>{head.map(name => <th key={name} scope="col" className="px-2.5 py-1.5 font-medium whitespace-nowrap">{name}</th>)}</tr>
				</thead>
				<tbody className="divide-y divide-line">
					{rows.map((row, i) => (
						// Rows have no name of their own that is sure to be unique.
						<tr key={i}>{row.map((value, j) => <td key={j} className="max-w-80 truncate px-2.5 py-1.5 whitespace-nowrap" title={value}>{value}</td>)}</tr>
					))}
				</tbody>
			</table>
		</div>
	);
}
