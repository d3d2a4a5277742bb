// What a release's title says about it: "Film.2012.1080p.BluRay.x265.10bit-GROUP".

export interface Release {
	/** The title without what follows the year or the first tag. */
	name: string;
	year: number | null;
	/** As "S01E02", "S01" or null. */
	episode: string | null;
	/** For people, in a fixed order: resolution, source, range, codec, sound. */
	tags: string[];
}

type Rule = [label: string, pattern: RegExp];

const between = (words: string) => new RegExp(`(?<![a-z0-9])(?:${words})(?![a-z0-9])`, 'i');

const RESOLUTIONS: Rule[] = [
	['2160p', between('2160[pi]|4k|uhd')],
	['1440p', between('1440p')],
	['1080p', between('1080[pi]|fhd')],
	['720p', between('720p')],
	['576p', between('576[pi]')],
	['480p', between('480[pi]')],
	['360p', between('360p')],
];

const SOURCES: Rule[] = [
	['Remux', between('remux')],
	['BluRay', between('blu-?ray|bd-?rip|br-?rip|bdmv')],
	['WEB-DL', between('web-?dl|web')],
	['WEBRip', between('web-?rip')],
	['HDTV', between('hdtv|pdtv|dsr')],
	['DVD', between('dvd-?rip|dvd[59]?|dvdscr')],
	['Cam', between('cam-?rip|hd-?cam|hq-?cam|telesync|hd-?ts|telecine')],
];

const RANGES: Rule[] = [
	['Dolby Vision', between('dolby[ ._-]?vision|dv|dovi')],
	['HDR', between('hdr(?:10\\+?|10plus)?')],
	['10-bit', between('10-?bits?|hi10p?')],
	['3D', between('3d|h-?sbs|half-?sbs')],
];

const CODECS: Rule[] = [
	['AV1', between('av1')],
	['HEVC', between('x265|h[ .]?265|hevc')],
	['H.264', between('x264|h[ .]?264|avc')],
	['VP9', between('vp9')],
	['XviD', between('xvid|divx')],
];

const SOUNDS: Rule[] = [
	['Atmos', between('atmos')],
	['DTS', between('dts(?:-?hd|-?x|-?es)?')],
	['FLAC', between('flac')],
	['Opus', between('opus')],
	['AC3', between('e?-?ac-?3|ddp?[ .]?[257][ .]1|dd\\+?')],
	['AAC', between('aac(?:2[ .]0|5[ .]1)?')],
	['MP3', between('mp3')],
];

const GROUPS = [RESOLUTIONS, SOURCES, RANGES, CODECS, SOUNDS];
/* Of these a title has one; of a range and a sound it may have several. */
const EXCLUSIVE = new Set([RESOLUTIONS, SOURCES, CODECS]);

const EPISODE = /(?<![a-z0-9])s(\d{1,2})(?:[ ._-]?e(\d{1,3}))?(?![a-z0-9])/i;
const CROSS_EPISODE = /(?<![a-z0-9])(\d{1,2})x(\d{2,3})(?![a-z0-9])/i;
const YEAR = /(?<!\d)(19[1-9]\d|20\d\d)(?![\dp])/g;
/** Titles come from strangers; none needs to be longer. */
const MAX_LENGTH = 512;

function episodeOf(title: string): { text: string; at: number } | null {
	const match = EPISODE.exec(title) ?? CROSS_EPISODE.exec(title);
	if (!match)
		return null;
	const [season, episode] = [match[1], match[2]].map(part => part?.padStart(2, '0'));
	return { text: episode ? `S${season}E${episode}` : `S${season}`, at: match.index };
}

/* The last year that is not the title's beginning: "2001 A Space Odyssey 1968". */
function yearOf(title: string): { year: number; at: number } | null {
	const found = [...title.matchAll(YEAR)].filter(match => match.index > 0).at(-1);
	return found ? { year: Number(found[1]), at: found.index } : null;
}

function tagsOf(title: string): { label: string; at: number }[] {
	return GROUPS.flatMap(group => {
		const found = group.flatMap(([label, pattern]) => {
			const match = pattern.exec(title);
			return match ? [{ label, at: match.index }] : [];
		});
		return EXCLUSIVE.has(group) ? found.slice(0, 1) : found;
	});
}

function readable(text: string): string {
	return text.replace(/\.(?:mkv|mp4|avi|webm|m4v|mov|torrent)$/i, '')
		.replace(/[._]+/g, ' ').replace(/[\s([{-]+$/, '').replace(/\s+/g, ' ').trim();
}

export function parseRelease(rawTitle: string): Release {
	const title = rawTitle.slice(0, MAX_LENGTH);
	const year = yearOf(title);
	const episode = episodeOf(title);
	const tags = tagsOf(title);
	const ends = [year?.at, episode?.at, ...tags.map(tag => tag.at)]
		.filter((at): at is number => at !== undefined && at > 0);
	const end = ends.length > 0 ? Math.min(...ends) : title.length;
	return {
		name: readable(title.slice(0, end)) || readable(title) || title,
		year: year?.year ?? null,
		episode: episode?.text ?? null,
		tags: tags.map(tag => tag.label),
	};
}

/** For sorting and filtering: 2160, 1080, …; 0 if the title does not say. */
export function resolutionOf(release: Release): number {
	const found = release.tags.find(tag => /^\d+p$/.test(tag));
	return found ? Number.parseInt(found, 10) : 0;
}
