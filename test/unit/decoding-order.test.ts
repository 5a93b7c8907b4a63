import { expect, it } from 'vitest'
import type { AccessUnit } from '../../src/media/codec/access-unit.ts'
import { DecodingOrder, interleavingOf } from '../../src/media/rtsp/decoding-order.ts'
import { Depacketizer } from '../../src/media/rtsp/depacketizer.ts'
import { payloadFormats } from '../../src/media/rtsp/payload-formats.ts'

const u16 = (value: number) => [(value >> 8) & 255, value & 255]
const format = (text: string) => new Map(text.split(';').map((pair) => pair.split('=') as [string, string]))

/** Of a NAL unit of H.264: a slice with two bytes that say which it is. */
const slice = (type: number, name: number) => Buffer.from([0x60 | type, 0x88, name])

function inOrder(fmtp: string, codec: 'h264' | 'h265', packets: readonly (readonly [number[], number])[]) {
  const interleaving = interleavingOf(codec, format(fmtp))
  if (interleaving === null) throw new Error('not interleaved')
  const due: [number, number][] = []
  const order = new DecodingOrder(interleaving, (nal, timestamp) => due.push([nal.at(-1) ?? 0, timestamp]))
  const whole = packets.map(([bytes, timestamp]) => order.take(Buffer.from(bytes), timestamp))
  return { due, whole }
}

it('only a description that says so is interleaved', () => {
  expect(interleavingOf('h264', format('packetization-mode=1'))).toBeNull()
  expect(interleavingOf('h265', format('sprop-max-don-diff=0'))).toBeNull()
  expect(interleavingOf('h264', format('packetization-mode=2;sprop-interleaving-depth=3'))).toEqual({
    ...{ codec: 'h264', depth: 3, mostAhead: null },
  })
})

it('H.264: STAP-B, MTAP16, MTAP24 and fragments come out by their numbers, over the wrap', () => {
  const stapB = (don: number, ...nals: Buffer[]) => [
    ...[0x79, ...u16(don)],
    ...nals.flatMap((nal) => [...u16(nal.length), ...nal]),
  ]
  const { due, whole } = inOrder('packetization-mode=2;sprop-interleaving-depth=2', 'h264', [
    [stapB(0xffff, slice(5, 1), slice(1, 2)), 900],
    // MTAP16: number 3 with an offset of 40, then number 1 with one of 20.
    [
      [0x7a, ...u16(1), ...u16(3), 2, ...u16(40), ...slice(1, 5), ...u16(3), 0, ...u16(20), ...slice(1, 3)],
      900,
    ],
    // MTAP24
    [[0x7b, ...u16(2), ...u16(3), 0, 0, ...u16(30), ...slice(1, 4)], 900],
    [[0x7d, 0x81, ...u16(4), 0x88], 950],
    [[0x7c, 0x01, 0x77, 0x77], 950],
    [[0x7c, 0x41, 6], 950],
    [stapB(5, slice(1, 7)), 960],
    [stapB(6, slice(1, 8)), 970],
  ])
  expect(whole).not.toContain(false)
  expect(due).toEqual([
    ...[
      [1, 900],
      [2, 900],
      [3, 920],
      [4, 930],
      [5, 940],
      [6, 950],
    ],
  ])
})

it('H.265: single units, aggregates and fragments with DONL', () => {
  const nal = (name: number) => [2, 1, 0x88, name]
  const single = (don: number, name: number) => [2, 1, ...u16(don), 0x88, name]
  const { due, whole } = inOrder('sprop-max-don-diff=2;sprop-depack-buf-nalus=9', 'h265', [
    [single(11, 2), 20],
    [[0x60, 1, ...u16(10), ...u16(4), ...nal(1), 1, ...u16(4), ...nal(3)], 10],
    [[0x62, 1, 0x81, ...u16(13), 0x88], 30],
    [[0x62, 1, 0x41, 4], 30],
    [single(16, 5), 40],
  ])
  expect(whole).not.toContain(false)
  expect(due.map(([name]) => name)).toEqual([1, 2, 3, 4])
})

it.each([
  ['h264', [0x61, 0x88, 1]],
  ['h264', [0x79, 0, 1, 0, 9, 1]],
  ['h264', [0x7a, 0, 1, 0, 9, 1, 0, 0, 1]],
  ['h264', [0x7c, 0x41, 1, 1]],
  ['h265', [0x60, 1, 0, 1, 0, 9, 1]],
  ['h265', [0x62, 1, 0x41, 1, 1]],
] as const)('says that %s %j is malformed', (codec, bytes) => {
  const fmtp = codec === 'h264' ? 'packetization-mode=2' : 'sprop-max-don-diff=1'
  expect(inOrder(fmtp, codec, [[[...bytes], 0]]).whole).toEqual([false])
})

it('pictures that come interleaved are pictures again, in the order of decoding', () => {
  const units: AccessUnit[] = []
  const depacketizer = new Depacketizer(
    payloadFormats.h264,
    96,
    {
      parameterSet: () => undefined,
      accessUnit: (unit) => units.push({ ...unit, pieces: unit.pieces.map((p) => Buffer.from(p)) }),
    },
    { codec: 'h264', depth: 2, mostAhead: null },
  )
  const pictures = [0, 2, 1, 3, 5, 4, 6, 7, 8]
  pictures.forEach((picture, i) => {
    const nal = slice(picture === 0 ? 5 : 1, picture)
    const header = Buffer.alloc(12)
    header[0] = 0x80
    header[1] = 0x80 | 96
    header.writeUInt16BE(i, 2)
    header.writeUInt32BE(picture * 3600, 4)
    depacketizer.packet(
      Buffer.concat([header, Buffer.from([0x79, ...u16(picture), ...u16(nal.length)]), nal]),
      i,
    )
  })
  expect(units.map(({ rtpTimestamp }) => rtpTimestamp / 3600)).toEqual([0, 1, 2, 3, 4, 5])
  expect(units[0]?.keyframe).toBe(true)
})
