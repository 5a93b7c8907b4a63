import { GatewayError } from '../../src/domain/errors.ts'
import { runFfmpeg } from './clip.ts'
import { packetise } from './rtp/packets.ts'
import type { Track, TrackUnit } from './rtp/track.ts'

/** How a camera sends the sound of its file: AAC as it stands there, or made into G.711. */
export const soundEncodings = ['aac', 'pcma', 'pcmu'] as const
export type SoundEncoding = (typeof soundEncodings)[number]

const payloadTypes = { aac: 97, pcma: 8, pcmu: 0 } as const
const g711 = { clockHz: 8000, packetSamples: 320 } as const
const aacFrameSamples = 1024
/** ISO/IEC 14496-3 table 1.18. */
const rates = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000]

/** The sound of a file as RTP packets, on the time line of its pictures (`readClip`). */
export async function readSound(path: string, encoding: SoundEncoding): Promise<Track> {
  return encoding === 'aac' ? await readAac(path) : await readG711(path, encoding)
}

/** Seconds from the first decoding time of the pictures, which is where a clip begins. */
interface Start {
  readonly picturesS: number
  readonly soundS: number
}

function startOf(path: string, index: string): Start {
  const startS = (stream: number) => {
    const [, numerator, denominator] = new RegExp(`^#tb ${stream}: (\\d+)/(\\d+)`, 'm').exec(index) ?? []
    const [, dts, pts] = new RegExp(`^${stream}, *(-?\\d+), *(-?\\d+)`, 'm').exec(index) ?? []
    const unitS = Number(numerator) / Number(denominator)
    const found = { dtsS: Number(dts) * unitS, ptsS: Number(pts) * unitS }
    if (Number.isFinite(found.dtsS)) return found
    throw new GatewayError({ kind: 'invalid', code: 'clip-soundless', message: `${path} has no sound` })
  }
  return { picturesS: startS(0).dtsS, soundS: startS(1).ptsS }
}

async function readAac(path: string): Promise<Track> {
  const copy = '-c copy'.split(' ')
  const both = ['-map', '0:v:0', '-map', '0:a:0', ...copy, '-f', 'framecrc', 'pipe:3']
  const [adts, index] = await runFfmpeg(path, ['-map', '0:a:0', ...copy, '-f', 'adts', 'pipe:1', ...both])
  const { picturesS, soundS } = startOf(path, index.toString('latin1'))
  const frames = framesOf(adts)
  const head = adts.readUInt32BE(0)
  const [profile, rateIndex, channels] = [(head >> 14) & 3, (head >> 10) & 15, (head >> 6) & 7]
  const clockHz = rates[rateIndex]
  if (clockHz === undefined)
    throw new GatewayError({ kind: 'invalid', code: 'clip-soundless', message: `${path}: unknown rate` })
  const firstTicks = Math.round((soundS - picturesS) * clockHz)
  const config = ((profile + 1) << 11) | (rateIndex << 7) | (channels << 3)
  return {
    kind: 'audio',
    clockHz,
    durationTicks: frames.length * aacFrameSamples,
    units: frames.flatMap((frame, i) => unitAt(firstTicks + i * aacFrameSamples, withHeader(frame), 'aac')),
    sdp: [
      `m=audio 0 RTP/AVP ${payloadTypes.aac}`,
      `a=rtpmap:${payloadTypes.aac} mpeg4-generic/${clockHz}/${channels}`,
      `a=fmtp:${payloadTypes.aac} streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=${config.toString(16).padStart(4, '0')}`,
    ],
  }
}

/** ADTS (ISO/IEC 13818-7 6.2): each frame behind a header that tells its length. */
function framesOf(adts: Buffer): Buffer[] {
  const frames: Buffer[] = []
  for (let at = 0; at + 7 <= adts.length; ) {
    const headerBytes = (adts.readUInt8(at + 1) & 1) === 1 ? 7 : 9
    const bytes = (adts.readUIntBE(at + 3, 3) >> 5) & 0x1fff
    frames.push(adts.subarray(at + headerBytes, at + bytes))
    at += Math.max(bytes, headerBytes)
  }
  return frames
}

/** RFC 3640 3.3.6: one header of 16 bits, the size in the upper 13. */
function withHeader(frame: Buffer): Buffer {
  const header = Buffer.from([0, 16, 0, 0])
  header.writeUInt16BE(frame.length << 3, 2)
  return Buffer.concat([header, frame])
}

async function readG711(path: string, law: 'pcma' | 'pcmu'): Promise<Track> {
  const both = '-map 0:v:0 -map 0:a:0 -c copy -f framecrc pipe:3'.split(' ')
  // From the file's own zero on, whatever its sound begins with.
  const filter = ['-af', 'aresample=async=1:first_pts=0', '-ar', String(g711.clockHz), '-ac', '1']
  const format = law === 'pcma' ? 'alaw' : 'mulaw'
  const [bytes, index] = await runFfmpeg(path, [
    ...['-map', '0:a:0', ...filter, '-f', format, 'pipe:1'],
    ...both,
  ])
  const firstTicks = Math.round(-startOf(path, index.toString('latin1')).picturesS * g711.clockHz)
  const units: TrackUnit[] = []
  for (let at = 0; at + g711.packetSamples <= bytes.length; at += g711.packetSamples)
    units.push(...unitAt(firstTicks + at, bytes.subarray(at, at + g711.packetSamples), law))
  return {
    kind: 'audio',
    clockHz: g711.clockHz,
    durationTicks: bytes.length,
    units,
    sdp: [
      `m=audio 0 RTP/AVP ${payloadTypes[law]}`,
      'b=AS:64',
      `a=rtpmap:${payloadTypes[law]} ${law.toUpperCase()}/${g711.clockHz}`,
    ],
  }
}

/** Nothing of what would come before the pictures. */
function unitAt(ticks: number, payload: Buffer, encoding: SoundEncoding): TrackUnit[] {
  if (ticks < 0) return []
  const packets = packetise([payload], payloadTypes[encoding])
  return [{ ...packets, dueTicks: ticks, stampTicks: ticks, keyframe: true }]
}
