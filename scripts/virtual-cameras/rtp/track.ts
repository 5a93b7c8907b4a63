import type { Clip, VideoCodec } from '../clip.ts'
import { nalKind } from './nal.ts'
import { type PacketBurst, packetise, packetiseVideo } from './packets.ts'

/** A track's packets, made once per file and shared by every camera and client that plays it. */
export interface Track {
  readonly kind: 'video' | 'audio'
  readonly clockHz: number
  readonly durationTicks: number
  readonly units: readonly TrackUnit[]
  /** The media section of the SDP, without its `a=control` line. */
  readonly sdp: readonly string[]
}

export interface TrackUnit extends PacketBurst {
  /** When it is due, and the time stamp of its picture or sound: ticks from the start of the loop. */
  readonly dueTicks: number
  readonly stampTicks: number
  readonly keyframe: boolean
}

const VIDEO_PAYLOAD_TYPE = 96
const PCMU_PAYLOAD_TYPE = 0

export function videoTrack(clip: Clip): Track {
  return {
    kind: 'video',
    clockHz: 90_000,
    durationTicks: clip.duration90k,
    units: clip.accessUnits.map((unit) => ({
      ...packetiseVideo(clip.codec, unit.nals, VIDEO_PAYLOAD_TYPE),
      dueTicks: unit.dts90k,
      stampTicks: unit.pts90k,
      keyframe: unit.keyframe,
    })),
    sdp: videoSdp(clip),
  }
}

function videoSdp(clip: Clip): string[] {
  const sets = (kind: 'vps' | 'sps' | 'pps'): Buffer[] => {
    const found = clip.accessUnits.flatMap((unit) =>
      unit.nals.filter((nal) => nalKind(clip.codec, nal) === kind),
    )
    return found.slice(0, 1)
  }
  const base64 = (nals: Buffer[]): string => nals.map((nal) => nal.toString('base64')).join(',')
  const names: Record<VideoCodec, string> = { h264: 'H264', h265: 'H265' }
  const format: Record<VideoCodec, string> = {
    h264: `packetization-mode=1;profile-level-id=${sets('sps')[0]?.toString('hex', 1, 4) ?? '42001e'};sprop-parameter-sets=${base64([...sets('sps'), ...sets('pps')])}`,
    h265: `sprop-vps=${base64(sets('vps'))};sprop-sps=${base64(sets('sps'))};sprop-pps=${base64(sets('pps'))}`,
  }
  const bytes = clip.accessUnits.reduce(
    (sum, unit) => sum + unit.nals.reduce((n, nal) => n + nal.length, 0),
    0,
  )
  const seconds = clip.duration90k / 90_000
  return [
    `m=video 0 RTP/AVP ${VIDEO_PAYLOAD_TYPE}`,
    `b=AS:${Math.ceil((bytes * 8) / seconds / 1000)}`,
    `a=rtpmap:${VIDEO_PAYLOAD_TYPE} ${names[clip.codec]}/90000`,
    `a=fmtp:${VIDEO_PAYLOAD_TYPE} ${format[clip.codec]}`,
    `a=framerate:${(clip.accessUnits.length / seconds).toFixed(2)}`,
    `a=x-dimensions:${clip.width},${clip.height}`,
  ]
}

/** One second of a 440 Hz tone, G.711 µ-law at 8 kHz, in packets of 40 ms: it loops without a click. */
export function toneTrack(): Track {
  const samplesPerPacket = 320
  const tone = Buffer.from(
    Array.from({ length: 8000 }, (_, i) => muLaw(4000 * Math.sin((2 * Math.PI * 440 * i) / 8000))),
  )
  const units = Array.from({ length: 8000 / samplesPerPacket }, (_, i): TrackUnit => {
    const ticks = i * samplesPerPacket
    const payload = tone.subarray(ticks, ticks + samplesPerPacket)
    return { ...packetise([payload], PCMU_PAYLOAD_TYPE), dueTicks: ticks, stampTicks: ticks, keyframe: true }
  })
  const sdp = [`m=audio 0 RTP/AVP ${PCMU_PAYLOAD_TYPE}`, 'b=AS:64', 'a=rtpmap:0 PCMU/8000']
  return { kind: 'audio', clockHz: 8000, durationTicks: 8000, units, sdp }
}

/** ITU-T G.711 µ-law of one 16-bit sample. */
function muLaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0
  const magnitude = Math.min(32_635, Math.abs(Math.round(sample))) + 132
  const exponent = Math.floor(Math.log2(magnitude)) - 7
  const mantissa = (magnitude >> (exponent + 3)) & 15
  return ~(sign | (exponent << 4) | mantissa) & 255
}
