import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRelease, resolutionOf } from '@/shared/release';

const CASES: [title: string, name: string, year: number | null, episode: string | null, tags: string][] = [
	['Sintel.2010.1080p.BluRay.x264.AAC-GROUP', 'Sintel', 2010, null, '1080p BluRay H.264 AAC'],
	['Sintel (2010) [2160p] [4K] [WEB-DL] [5.1] [HEVC] [10bit]', 'Sintel', 2010, null, '2160p WEB-DL 10-bit HEVC'],
	['Tears_of_Steel_720p.webm', 'Tears of Steel', null, null, '720p'],
	['2001 A Space Odyssey 1968 REMUX 2160p UHD Blu-ray HDR DV HEVC DTS-HD MA 5.1', '2001 A Space Odyssey', 1968, null, '2160p Remux HDR Dolby Vision HEVC DTS'],
	['1917.2019.WEBRip.AV1.Opus', '1917', 2019, null, 'WEBRip AV1 Opus'],
	['Some Show S01E02 1080p WEB H264', 'Some Show', null, 'S01E02', '1080p WEB-DL H.264'],
	['Some.Show.S3.COMPLETE.720p.HDTV', 'Some Show', null, 'S03', '720p HDTV'],
	['Some Show - 4x07 - The Title', 'Some Show', null, 'S04E07', ''],
	['Old Film DVDRip XviD MP3', 'Old Film', null, null, 'DVD XviD MP3'],
	['New Film 2026 HDCAM', 'New Film', 2026, null, 'Cam'],
	['debian-12.8.0-amd64-netinst.iso', 'debian-12 8 0-amd64-netinst iso', null, null, ''],
	['Camille 1936', 'Camille', 1936, null, ''],
	['Blade Runner 2049 2017 1080p', 'Blade Runner 2049', 2017, null, '1080p'],
	['1080p', '1080p', null, null, '1080p'],
	['', '', null, null, ''],
];

for (const [title, name, year, episode, tags] of CASES) {
	test(`a title is read: ${title || '(none)'}`, () => {
		const release = parseRelease(title);
		assert.equal(release.name, name);
		assert.equal(release.year, year);
		assert.equal(release.episode, episode);
		assert.deepEqual(new Set(release.tags), new Set(tags.match(/Dolby Vision|\S+/g) ?? []));
	});
}

test('resolution is a number to sort by, 0 if the title is silent', () => {
	assert.deepEqual(['a 4K', 'a 720p', 'a'].map(title => resolutionOf(parseRelease(title))), [2160, 720, 0]);
});

test('a hostile title takes no time', () => {
	const began = performance.now();
	for (const title of ['('.repeat(100_000), '1080p '.repeat(50_000), 'a.'.repeat(100_000), '19'.repeat(100_000)])
		parseRelease(title);
	assert.ok(performance.now() - began < 1000);
});
