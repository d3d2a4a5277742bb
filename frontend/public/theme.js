// Before anything is painted: the theme that was chosen, or the system's.
(() => {
	let chosen = null;
	try {
		chosen = JSON.parse(localStorage.getItem('tstream.theme'));
	} catch {
		// Storage may be forbidden; then the system decides.
	}
	const isDark = matchMedia('(prefers-color-scheme: dark)').matches;
	document.documentElement.dataset.theme =
		chosen === 'dark' || chosen === 'light' ? chosen : isDark ? 'dark' : 'light';
})();
