// What a login is labelled with, which is what its browser calls itself, in words.

import { t } from '@/shared/strings';

type Names = readonly (readonly [mark: string, name: string])[];

/* Browsers name those that they want to be taken for, too: the first that fits is what it is. */
const BROWSERS: Names = [
	['Firefox/', 'Firefox'], ['Edg/', 'Edge'], ['OPR/', 'Opera'], ['Chrome/', 'Chrome'], ['CriOS/', 'Chrome'],
	['Safari/', 'Safari'],
];
const SYSTEMS: Names = [
	['Android', 'Android'], ['iPhone', 'iPhone'], ['iPad', 'iPad'], ['Windows', 'Windows'], ['Mac OS X', 'macOS'],
	['CrOS', 'ChromeOS'], ['Linux', 'Linux'],
];

const nameIn = (label: string, names: Names) => names.find(([mark]) => label.includes(mark))?.[1];

/** "Firefox on Linux"; the label itself where that is not known. */
export function deviceOf(label: string): string {
	const [browser, system] = [nameIn(label, BROWSERS), nameIn(label, SYSTEMS)];
	return browser && system ? t.account.device(browser, system) : label || t.account.unknownDevice;
}
