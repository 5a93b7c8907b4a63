import { expect, it } from 'vitest'
import {
  type LivePlaylist,
  livePlaylistText,
  multivariantText,
  type PlaylistSegment,
} from '../../src/domain/playlist.ts'

const segment = (number: number, change: Partial<PlaylistSegment> = {}): PlaylistSegment => ({
  uri: `${number}.m4s`,
  mapUri: '1.mp4',
  durationMs: 2000,
  programmeUtcMs: Date.UTC(2026, 0, 1) + number * 2000,
  discontinuity: false,
  independent: true,
  parts: [],
  ...change,
})
const part = (uri: string, independent = false) => ({ uri, durationMs: 200, independent })
const playlist = (segments: readonly PlaylistSegment[]): LivePlaylist => ({
  targetS: 2,
  partTargetMs: 235,
  mediaSequence: 7,
  discontinuitySequence: 3,
  segments,
  open: null,
  hintUri: '9.0.m4s',
  clockErrorMs: 45,
})
const text = (segments: readonly PlaylistSegment[]) => livePlaylistText(playlist(segments))

it('is written as RFC 8216 has it', () => {
  expect(
    text([segment(7), segment(8, { discontinuity: true, mapUri: '2.mp4', durationMs: 1234.5 })]),
  ).toBe(`#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12.000,HOLD-BACK=6.000,PART-HOLD-BACK=0.823
#EXT-X-PART-INF:PART-TARGET=0.235
#EXT-X-MEDIA-SEQUENCE:7
#EXT-X-DISCONTINUITY-SEQUENCE:3
# clock-error: 0.045
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="1.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:14.000Z
#EXTINF:2.00000,
7.m4s
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="2.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:16.000Z
#EXTINF:1.23450,
8.m4s
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="9.0.m4s"
`)
})

it('does not mark the break in front of its first segment: the sequence has counted it', () => {
  expect(text([segment(7, { discontinuity: true })])).not.toContain('#EXT-X-DISCONTINUITY\n')
})

it.each([
  ['the latest keyframe with room behind it', [true, false, true, false, false], '4.010'],
  ['the only keyframe, though it is the last segment', [false, false, true], '4.010'],
  ['an earlier keyframe when the latest leaves no room', [true, false, false, true], '0.000'],
])('lets a player start at %s', (_what, independent, offset) => {
  const segments = independent.map((each, i) => segment(i, { independent: each }))
  expect(text(segments)).toContain(`#EXT-X-START:TIME-OFFSET=${offset}\n`)
})

it('has no say in where a player starts when all segments begin with a keyframe', () => {
  expect(text([segment(0), segment(1)])).not.toContain('#EXT-X-START')
})

it('lists the parts near the edge, those of the segment that still grows, and the one to come', () => {
  const parts = [part('0.m4s', true), part('1.m4s')]
  const lines = livePlaylistText({
    ...playlist([7, 8, 9, 10].map((number) => segment(number, { parts }))),
    open: {
      mapUri: '1.mp4',
      programmeUtcMs: 0,
      discontinuity: true,
      parts: [part('11.0.m4s', true), part('11.1.m4s')],
    },
    hintUri: '11.2.m4s',
  }).split('\n')
  expect(lines.filter((line) => line.startsWith('#EXT-X-PART:'))).toHaveLength(3 * 2 + 2)
  expect(lines.indexOf('7.m4s')).toBeLessThan(lines.findIndex((line) => line.startsWith('#EXT-X-PART:')))
  expect(lines.slice(-6)).toEqual([
    '#EXT-X-DISCONTINUITY',
    '#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:00.000Z',
    '#EXT-X-PART:DURATION=0.20000,URI="11.0.m4s",INDEPENDENT=YES',
    '#EXT-X-PART:DURATION=0.20000,URI="11.1.m4s"',
    '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="11.2.m4s"',
    '',
  ])
})

it('leaves out what is old for whoever had it lately, and nothing of a short playlist', () => {
  const ten = Array.from({ length: 10 }, (_, i) => segment(i))
  const update = livePlaylistText(playlist(ten), true)
  expect(update).toContain('#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n')
  expect(update).not.toContain('\n2.m4s')
  expect(update).toContain('\n3.m4s')
  expect(update).toContain('#EXT-X-MEDIA-SEQUENCE:7\n')
  expect(livePlaylistText(playlist(ten.slice(0, 6)), true)).not.toContain('#EXT-X-SKIP')
})

it('names both variants with what a player must know before it chooses', () => {
  const sizes = { codecs: 'avc1.64001f', widthPx: 1920, heightPx: 1080 }
  expect(multivariantText([{ uri: 'main/index.m3u8', bandwidthBps: 2_000_000.2, ...sizes }])).toBe(`#EXTM3U
#EXT-X-VERSION:9
#EXT-X-STREAM-INF:BANDWIDTH=2000001,CODECS="avc1.64001f",RESOLUTION=1920x1080
main/index.m3u8
`)
})
