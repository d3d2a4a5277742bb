"use strict";
/** What a file's name promises, and subtitles that browsers show. */

const { capi, later } = require("./capi.js");
const { MediaKind, nameIn } = require("./enums.js");
const { fill } = require("./object.js");
const { filled } = require("./snapshots.js");

const kindName = nameIn(MediaKind);

/** By the last extension only, in any case. */
function mediaKind(path) {
	return kindName(capi.tstream_media_kind(path));
}

/** The media type (RFC 6838), `application/octet-stream` if the name says nothing. */
function mediaType(path) {
	return capi.tstream_media_type(path);
}

/** True if people would press play on it: video or audio. */
function isPlayable(path) {
	return capi.tstream_media_is_playable(path) === 1;
}

/** Convert SubRip or WebVTT in any charset to WebVTT, the only one that browsers show. */
async function subtitleToWebvtt(bytes, { charset, delayMs } = {}) {
	const options = fill(new capi.tstream_subtitle_options(), { charset, delay_ms: delayMs });
	return (await later(capi.tstream_subtitle_to_webvtt, bytes, options))[1];
}

function isSubtitleCharset(charset) {
	return capi.tstream_subtitle_is_charset(charset) === 1;
}

function isSubtitleConvertible(path) {
	return capi.tstream_subtitle_is_convertible(path) === 1;
}

/** What a subtitle file's name says beside a film's: language, label and flags. */
function describeSubtitle(filmName, name) {
	const { language, label, flags } = filled(capi.tstream_subtitle,
		(raw) => capi.tstream_subtitle_describe(filmName, name, raw));
	return { language, label, flags };
}

module.exports = {
	mediaKind, mediaType, isPlayable, subtitleToWebvtt, isSubtitleCharset, isSubtitleConvertible,
	describeSubtitle,
};
