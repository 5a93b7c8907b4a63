import { expect, it } from 'vitest'
import { livePlaylistText, type PlaylistSegment } from '../../src/domain/playlist.ts'

const segment = (number: number, change: Partial<PlaylistSegment> = {}): PlaylistSegment => ({
  uri: `${number}.m4s`,
  mapUri: '1.mp4',
  durationMs: 2000,
  programmeUtcMs: Date.UTC(2026, 0, 1) + number * 2000,
  discontinuity: false,
  independent: true,
  ...change,
})
const text = (segments: readonly PlaylistSegment[]) =>
  livePlaylistText({ targetS: 2, mediaSequence: 7, discontinuitySequence: 3, segments })

it('is written as RFC 8216 has it', () => {
  expect(
    text([segment(7), segment(8, { discontinuity: true, mapUri: '2.mp4', durationMs: 1234.5 })]),
  ).toBe(`#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:7
#EXT-X-DISCONTINUITY-SEQUENCE:3
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-START:TIME-OFFSET=0.000
#EXT-X-MAP:URI="1.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:14.000Z
#EXTINF:2.00000,
7.m4s
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="2.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:16.000Z
#EXTINF:1.23450,
8.m4s
`)
})

it('does not mark the break in front of its first segment: the sequence has counted it', () => {
  expect(text([segment(7, { discontinuity: true })])).not.toContain('#EXT-X-DISCONTINUITY\n')
})

it.each([
  ['two segments before the edge', [true, true, true, true], '4.010'],
  ['the latest keyframe with room behind it', [true, false, true, false, false], '4.010'],
  ['the only keyframe, though it is the last segment', [false, false, true], '4.010'],
  ['an earlier keyframe when the latest leaves no room', [true, false, false, true], '0.000'],
])('lets a player start at %s', (_what, independent, offset) => {
  const segments = independent.map((each, i) => segment(i, { independent: each }))
  expect(text(segments)).toContain(`#EXT-X-START:TIME-OFFSET=${offset}\n`)
})
