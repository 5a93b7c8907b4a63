import { expect, it } from 'vitest'
import { packetiseVideo } from '../../scripts/virtual-cameras/rtp/packets.ts'
import { type AccessUnit, writeSample } from '../../src/media/codec/access-unit.ts'
import { Depacketizer } from '../../src/media/rtsp/depacketizer.ts'
import { payloadFormats } from '../../src/media/rtsp/payload-formats.ts'
import { Lcg } from '../harness/lcg.ts'

type Codec = 'h264' | 'h265'

function nal(codec: Codec, type: number, size: number): Buffer {
  const bytes = Buffer.alloc(size, type)
  if (codec === 'h264') bytes[0] = 0x60 | type
  else bytes.set([type << 1, 1])
  return bytes
}
const keyframeType = { h264: 5, h265: 19 }
const pictureType = { h264: 1, h265: 1 }
const spsType = { h264: 7, h265: 33 }

class Sender {
  sequence = 65_530
  timestamp = 1000
  readonly codec: Codec

  constructor(codec: Codec) {
    this.codec = codec
  }

  /** The packets of one picture. */
  frame(...nals: Buffer[]): Buffer[] {
    const { bytes, starts } = packetiseVideo(this.codec, nals, 96)
    this.timestamp += 3600
    return starts.map((start, i) => {
      const packet = Buffer.from(bytes.subarray(start + 4, starts[i + 1] ?? bytes.length))
      packet.writeUInt16BE(this.sequence++ & 0xffff, 2)
      packet.writeUInt32BE(this.timestamp, 4)
      packet.writeUInt32BE(42, 8)
      return packet
    })
  }

  keyframe = (size = 5000) => this.frame(nal(this.codec, keyframeType[this.codec], size))
  picture = (size = 3000) => this.frame(nal(this.codec, pictureType[this.codec], size))
}

function receiver(codec: Codec) {
  const units: AccessUnit[] = []
  const sets: Buffer[] = []
  const packets = new Depacketizer(payloadFormats[codec], 96, {
    accessUnit: (unit) => units.push({ ...unit, pieces: unit.pieces.map((piece) => Buffer.from(piece)) }),
    parameterSet: (set) => sets.push(set),
  })
  const feed = (all: Buffer[]) => all.forEach((packet) => packets.packet(packet, 0))
  return { packets, units, sets, feed }
}

function bytesOf(unit: AccessUnit | undefined): Buffer {
  if (unit === undefined) throw new Error('no unit')
  const bytes = Buffer.alloc(unit.sampleBytes)
  expect(writeSample(unit, bytes, 0)).toBe(bytes.length)
  return bytes
}

it.each(['h264', 'h265'] as const)('puts %s together again from aggregates and fragments', (codec) => {
  const sender = new Sender(codec)
  const { units, sets, feed } = receiver(codec)
  const [sps, large, small] = [
    nal(codec, spsType[codec], 20),
    nal(codec, keyframeType[codec], 9000),
    nal(codec, keyframeType[codec], 30),
  ]
  feed(sender.frame(Buffer.from(sps), Buffer.from(large), Buffer.from(small)))
  feed(sender.picture())
  expect(sets).toEqual([sps])
  expect(units.map(({ keyframe }) => keyframe)).toEqual([true, false])
  const length = (size: number) => Buffer.from([0, 0, size >> 8, size & 255])
  expect(bytesOf(units[0])).toEqual(Buffer.concat([length(9000), large, length(30), small]))
})

it('hands on nothing between a loss and the next keyframe, and says so then', () => {
  const sender = new Sender('h264')
  const { packets, units, feed } = receiver('h264')
  feed(sender.keyframe())
  feed(sender.picture())
  feed(sender.picture().slice(1))
  feed(sender.picture())
  feed(sender.picture())
  feed(sender.keyframe())
  expect(units.map(({ keyframe, afterLoss }) => [keyframe, afterLoss])).toEqual([
    [true, false],
    [false, false],
    [true, true],
  ])
  expect(packets.reception.lostPackets).toBe(1)
})

it('takes late and double packets for nothing', () => {
  const sender = new Sender('h264')
  const { packets, units, feed } = receiver('h264')
  const frames = [sender.keyframe(), sender.picture(), sender.picture()]
  for (const frame of frames) {
    feed(frame.map((packet) => Buffer.from(packet)))
    feed(frame.slice(-1).map((packet) => Buffer.from(packet)))
  }
  expect(units).toHaveLength(3)
  expect(packets.reception.lostPackets).toBe(0)
})

it('learns that a camera marks slices, not pictures', () => {
  const sender = new Sender('h264')
  const { units, feed } = receiver('h264')
  for (let i = 0; i < 6; i++) {
    const first = nal('h264', keyframeType.h264, 900)
    first[1] = 0x88
    const slices = [sender.frame(first), sender.keyframe(900)]
    sender.timestamp -= 3600
    for (const slice of slices) {
      for (const packet of slice) packet.writeUInt32BE(sender.timestamp, 4)
      feed(slice)
    }
  }
  // From the third picture on they are whole.
  expect(units.at(-1)?.nalBytes).toEqual([900, 900])
})

it.each(['h264', 'h265'] as const)('two pictures of %s at the same time are two pictures', (codec) => {
  const sender = new Sender(codec)
  const { units, feed } = receiver(codec)
  for (let i = 0; i < 4; i++) {
    const picture = nal(codec, keyframeType[codec], 3000)
    picture[codec === 'h264' ? 1 : 2] = 0x88
    if (i === 2) sender.timestamp -= 3600
    feed(sender.frame(picture))
  }
  expect(units.map(({ nalBytes }) => nalBytes)).toEqual([[3000], [3000], [3000], [3000]])
  expect(units.some(({ afterLoss }) => afterLoss)).toBe(false)
})

it('throws nothing but a fault, whatever comes', () => {
  const random = new Lcg(11)
  for (let round = 0; round < 1500; round++) {
    const codec = round % 2 === 0 ? 'h264' : 'h265'
    const sender = new Sender(codec)
    const { units, feed } = receiver(codec)
    const all = [sender.keyframe(), sender.picture(500), sender.picture(4000), sender.keyframe()].flat()
    for (let changes = random.below(10); changes > 0; changes--) {
      const packet = all[random.below(all.length)] ?? Buffer.alloc(1)
      packet[random.below(Math.min(packet.length, 20))] = random.below(256)
    }
    feed(
      all.map((packet) =>
        random.below(10) === 0 ? packet.subarray(0, random.below(packet.length)) : packet,
      ),
    )
    for (const unit of units) bytesOf(unit)
  }
})
