import { ParameterSets } from '../../../src/media/codec/parameter-sets.ts'
import { Fragmenter } from '../../../src/media/fragmenter.ts'
import { initSegmentBytes } from '../../../src/media/mp4/init-segment.ts'
import { storedFormat } from '../../../src/media/mp4/stored-parameter-sets.ts'
import { describe } from '../../../src/media/republish/description.ts'
import { readClaim } from '../../../src/media/republish/digest.ts'
import { authorizationFor, strongestChallenge } from '../../../src/media/rtsp/authorization.ts'
import { Depacketizer } from '../../../src/media/rtsp/depacketizer.ts'
import { MessageReader } from '../../../src/media/rtsp/message-reader.ts'
import { payloadFormats } from '../../../src/media/rtsp/payload-formats.ts'
import { parseSenderReport } from '../../../src/media/rtsp/rtcp.ts'
import { announcedParameterSets, controlUrl, parseSdp } from '../../../src/media/rtsp/sdp.ts'
import type { Lcg } from '../lcg.ts'
import { descriptions, messages, parameterSets, reports, rtpPackets } from './corpus.ts'
import { soundTargets } from './sound-targets.ts'

/** One parser of what cameras and readers send. */
export interface FuzzTarget {
  readonly name: string
  readonly samples: readonly Buffer[]
  /** Takes an input; may refuse it with a GatewayError. Throws RangeError when it keeps too much. */
  readonly take: (input: Buffer, random: Lcg) => void
}

type Codec = 'h264' | 'h265'
const mostKeptSets = 32
/** Then a new one begins: what one of them remembers must not hide the rest for ever. */
const inputsPerStream = 100

export function fuzzTargets(): FuzzTarget[] {
  return [
    { name: 'messages', samples: messages, take: takeMessage },
    { name: 'descriptions', samples: descriptions, take: takeDescription },
    { name: 'reports', samples: reports, take: (input) => void parseSenderReport(input) },
    { name: 'h264 parameter sets', samples: parameterSets.h264, take: (input) => takeSet('h264', input) },
    { name: 'h265 parameter sets', samples: parameterSets.h265, take: (input) => takeSet('h265', input) },
    packetTarget('h264'),
    packetTarget('h265'),
    ...soundTargets(),
  ]
}

/** In pieces, as TCP cuts it; then what is done with what a camera or reader says. */
function takeMessage(input: Buffer, random: Lcg): void {
  const reader = new MessageReader({
    packet: () => undefined,
    reply: ({ headers, body }) => {
      const challenge = strongestChallenge(headers.get('www-authenticate') ?? [])
      if (challenge !== null)
        authorizationFor(
          challenge,
          { username: 'a', password: 'b' },
          { method: 'PLAY', uri: 'rtsp://x/', count: 1, cnonce: 'c' },
        )
      if (body.length > 0) parseSdp(body)
    },
    request: ({ headers }) => void readClaim(headers.get('authorization')?.[0] ?? ''),
  })
  for (let at = 0; at < input.length; ) {
    const end = at + 1 + random.below(random.below(2) === 0 ? 20 : 2000)
    reader.push(input.subarray(at, end))
    at = end
  }
}

function takeDescription(input: Buffer): void {
  const { control, media } = parseSdp(input)
  for (const each of media) {
    controlUrl(controlUrl('rtsp://192.0.2.1/a', control), each.control)
    const codec = each.encoding === 'H265' ? 'h265' : 'h264'
    const sets = new ParameterSets(codec)
    for (const nal of announcedParameterSets(each)) sets.add(nal)
  }
}

/** Whatever is accepted must make an init segment that tells the same again. */
function takeSet(codec: Codec, input: Buffer): void {
  const sets = new ParameterSets(codec)
  for (const nal of parameterSets[codec]) sets.add(nal)
  sets.add(Buffer.from(input))
  const configuration = sets.configuration()
  if (configuration === null) return
  const format = storedFormat(initSegmentBytes(configuration))
  if (format.codec !== codec || format.parameterSets.length < 2) throw new Error('sets were lost')
  if (!describe(format, null).endsWith('\r\n')) throw new Error('no description')
}

/**
 * From packets to fragments, with one stream's state going on over many inputs: each input stands among
 * the good packets of a keyframe and a picture, in their midst or instead of one of them.
 */
function packetTarget(codec: Codec): FuzzTarget {
  const samples = rtpPackets(codec)
  let stream = packetStream(codec)
  let sent = 0
  let inputs = 0
  let arrivedUtcMs = 1.9e12
  const send = (packet: Buffer, inOrder: boolean) => {
    const bytes = Buffer.from(packet)
    if (inOrder && bytes.length >= 8) {
      bytes.writeUInt16BE(sent & 0xffff, 2)
      bytes.writeUInt32BE((inputs * 7200 + (bytes.readUInt32BE(4) % 2 ** 16)) % 2 ** 32, 4)
    }
    sent++
    stream.packet(bytes, arrivedUtcMs)
  }
  return {
    name: `${codec} packets`,
    samples,
    take(input, random) {
      if (inputs++ % inputsPerStream === 0) stream = packetStream(codec)
      arrivedUtcMs += random.below(160)
      const at = random.below(samples.length)
      const instead = random.below(2) === 0
      for (const [i, sample] of samples.entries()) {
        if (i === at) send(input, random.below(4) > 0)
        if (i !== at || !instead) send(sample, true)
      }
    },
  }
}

function packetStream(codec: Codec): Depacketizer {
  let sets = 0
  const fragmenter = new Fragmenter({
    init: (segment) => {
      sets = storedFormat(segment.bytes).parameterSets.length
      if (sets > 3 * mostKeptSets) throw new RangeError('too many parameter sets are kept')
    },
    fragment: (fragment) => {
      if (fragment.bytes.readUInt32BE(0) > fragment.bytes.length) throw new RangeError('a broken fragment')
    },
  })
  fragmenter.begin({ codec, clockHz: 90_000, sound: null, roundTripMs: 0 })
  return new Depacketizer(payloadFormats[codec], 96, fragmenter)
}
