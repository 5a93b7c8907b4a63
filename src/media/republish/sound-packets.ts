import type { SoundFormat } from '../codec/sound.ts'
import type { PacketBurst } from './rtp-sender.ts'

/** Static payload types of G.711 at 8 kHz (RFC 3551 6); what else there is gets one of its own. */
const staticTypes = { pcmu: 0, pcma: 8 } as const
const dynamicType = 97

function soundPayloadType(format: SoundFormat): number {
  return format.encoding === 'aac' || format.rateHz !== 8000 ? dynamicType : staticTypes[format.encoding]
}

/** The media section of a description for the sound, without its control (RFC 3551 6, RFC 3640 4.1). */
export function describeSound(format: SoundFormat): string[] {
  const type = soundPayloadType(format)
  const head = `m=audio 0 RTP/AVP ${type}`
  if (format.encoding !== 'aac')
    return [head, `a=rtpmap:${type} ${format.encoding.toUpperCase()}/${format.rateHz}`]
  const { rateHz, channels, bytes } = format
  return [
    head,
    `a=rtpmap:${type} mpeg4-generic/${rateHz}/${channels}`,
    `a=fmtp:${type} streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=${bytes.toString('hex')}`,
  ]
}

export interface SoundRun {
  readonly format: SoundFormat
  readonly channel: number
  readonly ssrc: number
  readonly sequence: number
  readonly timestamp: number
}

/** One frame as an interleaved RTP packet; AAC behind the header that tells its size (RFC 3640 3.3.6). */
export function packetizeSound(frame: Buffer, run: SoundRun): PacketBurst {
  const header = run.format.encoding === 'aac' ? 4 : 0
  const payloadBytes = header + frame.length
  const bytes = Buffer.alloc(16 + payloadBytes)
  bytes[0] = 0x24
  bytes[1] = run.channel
  bytes.writeUInt16BE(12 + payloadBytes, 2)
  bytes[4] = 0x80
  // Of AAC every packet ends a frame; of G.711 the mark would say that silence was left out before it.
  bytes[5] = soundPayloadType(run.format) | (header === 0 ? 0 : 0x80)
  bytes.writeUInt16BE(run.sequence, 6)
  bytes.writeUInt32BE(run.timestamp, 8)
  bytes.writeUInt32BE(run.ssrc, 12)
  if (header > 0) {
    bytes.writeUInt16BE(16, 16)
    bytes.writeUInt16BE(frame.length << 3, 18)
  }
  frame.copy(bytes, 16 + header)
  return { bytes, packets: 1, payloadBytes }
}
