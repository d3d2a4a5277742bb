import assert from 'node:assert/strict';
import { test } from 'node:test';
import { delayCues, delayed, MAX_DELAY_SECONDS, stepDelay } from '@/features/subtitles/delay';

/** As a browser's cue: to end before the start is refused. */
class Cue {
	constructor(private start: number, private end: number) {}
	get startTime() { return this.start; }
	get endTime() { return this.end; }
	set startTime(value) {
		assert.ok(value <= this.end, `start ${value} after end ${this.end}`);
		this.start = value;
	}
	set endTime(value) {
		assert.ok(value >= this.start, `end ${value} before start ${this.start}`);
		this.end = value;
	}
}

const times = (cues: Cue[]) => cues.map(cue => [cue.startTime, cue.endTime]);

test('a delay moves both ends, and never before the beginning', () => {
	assert.deepEqual(delayed({ startTime: 1, endTime: 3 }, 2), { startTime: 3, endTime: 5 });
	assert.deepEqual(delayed({ startTime: 1, endTime: 3 }, -2), { startTime: 0, endTime: 1 });
	assert.deepEqual(delayed({ startTime: 1, endTime: 3 }, -3), { startTime: 0, endTime: 0 });
});

test('delays do not add up: each counts from where the cue was', () => {
	const cues = [new Cue(1, 2), new Cue(10, 12)];
	for (const delay of [5, -100, 0.1, 600, -1.5])
		delayCues(cues, delay);
	assert.deepEqual(times(cues), [[0, 0.5], [8.5, 10.5]]);
	delayCues(cues, 0);
	assert.deepEqual(times(cues), [[1, 2], [10, 12]]);
});

test('steps are tenths, without the dust of binary fractions, and end somewhere', () => {
	let delay = 0;
	for (let i = 0; i < 7; i++)
		delay = stepDelay(delay, 0.1);
	assert.equal(delay, 0.7);
	assert.equal(stepDelay(MAX_DELAY_SECONDS, 0.1), MAX_DELAY_SECONDS);
	assert.equal(stepDelay(-MAX_DELAY_SECONDS, -0.1), -MAX_DELAY_SECONDS);
});
