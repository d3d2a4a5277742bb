import { Component, type ReactNode } from 'react';
import { t } from '../strings';
import { Button } from './Button';
import { Notice } from './Notice';

/** Instead of an empty page, when something in it throws. */
export class CrashGuard extends Component<{ children: ReactNode }, { hasCrashed: boolean }> {
	override state = { hasCrashed: false };

	static getDerivedStateFromError() {
		return { hasCrashed: true };
	}

	override render() {
		if (!this.state.hasCrashed)
			return this.props.children;
		return (
			<main className="mx-auto max-w-xl px-4 py-24">
				<Notice tone="error" title={t.errors.crashed} action={<Button onClick={() => location.reload()}>{t.errors.reload}</Button>} />
			</main>
		);
	}
}
