import { Moon, Sun, SunMoon } from 'lucide-react';
import { useEffect, useState } from 'react';
import { isOneOf, recall, remember } from '../remembered';
import { t } from '../strings';
import { IconButton } from './Button';

type Theme = 'system' | 'light' | 'dark';
const THEMES: Theme[] = ['system', 'light', 'dark'];
const ICONS = { system: SunMoon, light: Sun, dark: Moon };

const systemDark = () => matchMedia('(prefers-color-scheme: dark)');

function apply(theme: Theme) {
	const isDark = theme === 'dark' || (theme === 'system' && systemDark().matches);
	document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
}

/** As the system, light, dark, and so on.  public/theme.js does the same before the first paint. */
export function ThemeButton() {
	const [theme, setTheme] = useState<Theme>('system');
	useEffect(() => setTheme(recall('theme', isOneOf(...THEMES), 'system')), []);
	useEffect(() => {
		const onSystem = () => apply(recall('theme', isOneOf(...THEMES), 'system'));
		systemDark().addEventListener('change', onSystem);
		return () => systemDark().removeEventListener('change', onSystem);
	}, []);

	const turn = () => {
		const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]!;
		setTheme(next);
		remember('theme', next);
		apply(next);
	};
	const Icon = ICONS[theme];
	return <IconButton label={`${t.theme.label}: ${t.theme[theme]}`} onClick={turn}><Icon aria-hidden className="size-5" /></IconButton>;
}
