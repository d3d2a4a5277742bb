import { useEffect, useRef } from 'react';
import { isBoolean, recall, remember } from '@/shared/remembered';
import { actionOf, isTakenBy, stepRate, type Action } from './shortcuts';

/** Whether keys without a modifier work outside the player (WCAG 2.1.4). */
export const areShortcutsOn = () => recall('shortcuts', isBoolean, true);
export const turnShortcuts = (isOn: boolean) => remember('shortcuts', isOn);

export interface Commands {
	next: () => void;
	debug: () => void;
	help: () => void;
	captions: () => void;
	delayBy: (seconds: number) => void;
}

const playerOf = (media: HTMLVideoElement): Element => media.closest('media-controller') ?? media;

function toggleFullscreen(media: HTMLVideoElement) {
	// The controls are to be seen in full screen too, so it is their box that fills it.
	const box = playerOf(media);
	void (document.fullscreenElement ? document.exitFullscreen() : box.requestFullscreen()).catch(() => {});
}

function togglePip(media: HTMLVideoElement) {
	void (document.pictureInPictureElement
		? document.exitPictureInPicture()
		: media.requestPictureInPicture()).catch(() => {}); // not every browser lets it
}

const clamp = (value: number, max: number) => Math.max(0, Math.min(max, value));

function perform(action: Action, media: HTMLVideoElement, commands: Commands) {
	switch (action.do) {
	case 'playPause':
		return media.paused ? void media.play().catch(() => {}) : media.pause();
	case 'seekBy':
		media.currentTime = clamp(media.currentTime + action.seconds, media.duration || 0);
		return;
	case 'seekTo':
		if (Number.isFinite(media.duration))
			media.currentTime = media.duration * action.share;
		return;
	case 'volumeBy':
		media.muted = false;
		media.volume = clamp(Math.round((media.volume + action.share) * 100) / 100, 1);
		return;
	case 'mute':
		media.muted = !media.muted;
		return;
	case 'rateBy':
		media.playbackRate = stepRate(media.playbackRate, action.steps);
		return;
	case 'fullscreen':
		return toggleFullscreen(media);
	case 'pip':
		return togglePip(media);
	case 'delayBy':
		return commands.delayBy(action.seconds);
	default:
		return commands[action.do]();
	}
}

/** Keys work wherever the focus is, but for where they mean something else. */
export function useShortcuts(video: HTMLVideoElement | null, commands: Commands) {
	const latest = useRef(commands);
	latest.current = commands;

	useEffect(() => {
		const onKey = (event: KeyboardEvent) => {
			const action = actionOf(event);
			const target = event.composedPath()[0];
			if (!action || !video || event.defaultPrevented || document.querySelector('dialog[open]')
				|| (target instanceof HTMLElement && isTakenBy(target, event.key)))
				return;
			// Outside the player the arrows up and down scroll the page, and letters may be turned off.
			const isInPlayer = event.composedPath().includes(playerOf(video)) || document.fullscreenElement !== null;
			if (!isInPlayer && (action.do === 'volumeBy' || !areShortcutsOn()))
				return;
			event.preventDefault();
			perform(action, video, latest.current);
		};
		document.addEventListener('keydown', onKey);
		return () => document.removeEventListener('keydown', onKey);
	}, [video]);
}
