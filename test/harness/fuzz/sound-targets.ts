import { type SoundFormat, sampleTicks } from '../../../src/media/codec/sound.ts'
import { SoundOfFragment, soundBytesOf } from '../../../src/media/mp4/sound-fragment.ts'
import { DecodingOrder, type Interleaving } from '../../../src/media/rtsp/decoding-order.ts'
import { parseSdp } from '../../../src/media/rtsp/sdp.ts'
import { SoundDepacketizer } from '../../../src/media/rtsp/sound-depacketizer.ts'
import { soundOf } from '../../../src/media/rtsp/sound-payloads.ts'
import { SoundTimeline } from '../../../src/media/sound-timeline.ts'
import type { FuzzTarget } from './targets.ts'

const sections = {
  generic:
    'm=audio 0 RTP/AVP 97\r\na=rtpmap:97 mpeg4-generic/16000/1\r\na=fmtp:97 streamtype=5;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=1408',
  latm: 'm=audio 0 RTP/AVP 97\r\na=rtpmap:97 MP4A-LATM/16000/1\r\na=fmtp:97 cpresent=0;config=400028103fc0',
  pcma: 'm=audio 0 RTP/AVP 97\r\na=rtpmap:97 PCMA/8000',
} as const

const described = (section: string) => Buffer.from(`v=0\r\n${section}\r\n`)

const rtp = (payload: number[], marker = 0x80) =>
  Buffer.from([0x80, marker | 97, 0, 1, 0, 0, 4, 0, 0, 0, 0, 7, ...payload])

const soundPackets = {
  generic: [rtp([0, 32, 0, 32, 0, 40, 1, 2, 3, 4, 5, 6, 7, 8, 9]), rtp([0, 16, 1, 0, 1, 2, 3], 0)],
  latm: [rtp([4, 1, 2, 3, 4]), rtp([255, 3, ...Array<number>(258).fill(7)], 0)],
  pcma: [rtp(Array<number>(320).fill(0xd5))],
} as const

export function soundTargets(): FuzzTarget[] {
  return [
    {
      name: 'sound descriptions',
      samples: Object.values(sections).map(described),
      take: (input) => void soundOf(parseSdp(input).media),
    },
    ...(['generic', 'latm', 'pcma'] as const).map(soundTarget),
    orderTarget({ codec: 'h264', depth: 3, mostAhead: null }, [
      Buffer.from([0x79, 0, 1, 0, 3, 0x65, 1, 2, 0, 3, 0x61, 1, 2]),
      Buffer.from([0x7a, 0, 1, 0, 3, 2, 0, 40, 0x61, 1, 2]),
      Buffer.from([0x7d, 0x81, 0, 4, 1, 2, 3]),
      Buffer.from([0x7c, 0x41, 1, 2, 3]),
    ]),
    orderTarget({ codec: 'h265', depth: 3, mostAhead: 5 }, [
      Buffer.from([2, 1, 0, 1, 0x88, 1]),
      Buffer.from([0x60, 1, 0, 2, 0, 3, 2, 1, 0x88, 1, 0, 3, 2, 1, 0x88]),
      Buffer.from([0x62, 1, 0x81, 0, 5, 1, 2]),
      Buffer.from([0x62, 1, 0x41, 1, 2]),
    ]),
  ]
}

/** From packets to the sound of a fragment; what a stream remembers goes on over many inputs. */
function soundTarget(name: keyof typeof sections): FuzzTarget {
  const source = soundOf(parseSdp(described(sections[name])).media)
  if (source === null) throw new Error(`${name} is not understood`)
  let heard = soundStream(source.format)
  const depacketizer = new SoundDepacketizer(source, (frame) => heard.add(frame.bytes))
  let sequence = 0
  return {
    name: `${name} packets`,
    samples: soundPackets[name],
    take(input, random) {
      const bytes = Buffer.from(input)
      if (bytes.length > 4 && random.below(4) > 0) bytes.writeUInt16BE(sequence++ & 0xffff, 2)
      if (sequence % 100 === 0) heard = soundStream(source.format)
      depacketizer.packet(bytes, 1.9e12)
      heard.mux()
    },
  }
}

function soundStream(format: SoundFormat) {
  const timeline = new SoundTimeline(format)
  timeline.resume(90_000)
  let nowTicks = 90_000
  return {
    add(bytes: Buffer) {
      nowTicks += sampleTicks(format)
      timeline.add(bytes, { pts90k: nowTicks, measured: true })
    },
    mux() {
      const samples = timeline.take(nowTicks)
      if (samples.length > 600) throw new RangeError('too much sound is kept')
      // A fragment of one empty picture, to which the sound is muxed.
      const pictures = Buffer.alloc(88 + 16 + 8)
      pictures.writeUInt32BE(88 + 16, 0)
      const [head] = new SoundOfFragment(pictures, format, samples).whole
      if (head !== undefined && soundBytesOf(head, head.readUInt32BE(0), 1) === null)
        throw new RangeError('a broken fragment')
    },
  }
}

function orderTarget(interleaving: Interleaving, samples: readonly Buffer[]): FuzzTarget {
  let kept = 0
  const order = new DecodingOrder(interleaving, (nal) => {
    kept = nal.length
  })
  return {
    name: `${interleaving.codec} packets out of order`,
    samples,
    take(input, random) {
      order.take(input, random.below(2 ** 16))
      if (random.below(10) === 0) order.lose()
      if (kept > 5 * 2 ** 20) throw new RangeError('a unit is too large')
    },
  }
}
