import type { SoundFormat } from '../codec/sound.ts'
import type { StoredFormat } from '../mp4/stored-parameter-sets.ts'
import { payloadType } from './rtp-packets.ts'
import { describeSound } from './sound-packets.ts'

/** Names of the tracks behind a stream's address. */
export const trackNames = ['video', 'audio'] as const
export type TrackName = (typeof trackNames)[number]

/** What a reader learns of a stream before it plays (RFC 8866, RFC 6184 8.1, RFC 7798 7.1). */
export function describe({ codec, parameterSets }: StoredFormat, sound: SoundFormat | null): string {
  const encoding = codec === 'h264' ? 'H264' : 'H265'
  const id = Math.floor(Date.now() / 1000)
  return [
    'v=0',
    `o=- ${id} 1 IN IP4 0.0.0.0`,
    's=Xueliang Gateway',
    'c=IN IP4 0.0.0.0',
    't=0 0',
    'a=control:*',
    'a=range:npt=now-',
    `m=video 0 RTP/AVP ${payloadType}`,
    `a=rtpmap:${payloadType} ${encoding}/90000`,
    `a=fmtp:${payloadType} ${codec === 'h264' ? avcFormat(parameterSets) : hevcFormat(parameterSets)}`,
    'a=control:video',
    ...(sound === null ? [] : [...describeSound(sound), 'a=control:audio']),
    '',
  ].join('\r\n')
}

function avcFormat(sets: readonly Buffer[]): string {
  const profile = sets[0]?.toString('hex', 1, 4) ?? ''
  const listed = sets.map((set) => set.toString('base64')).join(',')
  return `packetization-mode=1;profile-level-id=${profile};sprop-parameter-sets=${listed}`
}

function hevcFormat(sets: readonly Buffer[]): string {
  const of = (type: number) =>
    sets
      .filter((set) => (((set[0] ?? 0) >> 1) & 0x3f) === type)
      .map((set) => set.toString('base64'))
      .join(',')
  return `sprop-vps=${of(32)};sprop-sps=${of(33)};sprop-pps=${of(34)}`
}
