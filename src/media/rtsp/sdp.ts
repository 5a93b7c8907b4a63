import { badReply } from './message-reader.ts'

/** The parts of a session description (RFC 8866) that pulling a stream needs. */
export interface SessionDescription {
  /** Session-level `a=control`; null: none. */
  readonly control: string | null
  readonly media: readonly MediaDescription[]
}

export interface MediaDescription {
  readonly kind: 'video' | 'audio' | 'other'
  readonly payloadType: number
  /** Upper case, e.g. `H264`; of a static payload type where no rtpmap is given. */
  readonly encoding: string
  readonly clockHz: number
  /** Of sound: one where nothing is said. */
  readonly channels: number
  /** Names in lower case. */
  readonly format: ReadonlyMap<string, string>
  readonly control: string | null
}

const sdpLimits = { bytes: 65_536, lines: 1000, media: 32 }

const staticTypes: Readonly<Record<number, readonly [encoding: string, clockHz: number]>> = {
  0: ['PCMU', 8000],
  8: ['PCMA', 8000],
  26: ['JPEG', 90_000],
  32: ['MPV', 90_000],
}

/** @throws GatewayError `bad-reply` where it is over its limits or no SDP at all */
export function parseSdp(body: Buffer): SessionDescription {
  if (body.length > sdpLimits.bytes) throw badReply('its SDP is too long')
  const lines = body.toString('utf8').split(/\r?\n/)
  if (lines.length > sdpLimits.lines) throw badReply('its SDP has too many lines')
  if (!lines.some((line) => line.startsWith('v=0'))) throw badReply('it holds no SDP')
  const sections: string[][] = [[]]
  for (const line of lines) {
    if (line.startsWith('m=')) sections.push([])
    sections.at(-1)?.push(line)
  }
  if (sections.length - 1 > sdpLimits.media) throw badReply('its SDP has too many media')
  const [session = [], ...media] = sections
  return {
    control: attribute(session, 'control'),
    media: media.flatMap((section) => parseMedia(section) ?? []),
  }
}

function parseMedia(lines: readonly string[]): MediaDescription | null {
  const head = /^m=(\S+) \S+ (\S+)((?: \d{1,3})+)\s*$/.exec(lines[0] ?? '')
  if (head === null) return null
  const payloadType = Number(head[3]?.trim().split(' ')[0])
  if (payloadType > 127) return null
  const map = attributes(lines, 'rtpmap')
    .map((value) => /^(\d{1,3})\s+([\w.-]+)\/(\d{1,9})(?:\/(\d{1,2}))?/.exec(value))
    .find((match) => match !== null && Number(match[1]) === payloadType)
  const [encoding, clockHz] = map
    ? [(map[2] ?? '').toUpperCase(), Number(map[3])]
    : (staticTypes[payloadType] ?? ['', 90_000])
  const kind = head[1] === 'video' || head[1] === 'audio' ? head[1] : 'other'
  return {
    kind,
    payloadType,
    encoding,
    clockHz: clockHz === 0 ? 90_000 : clockHz,
    channels: Number(map?.[4] ?? 1),
    format: parseFormat(lines, payloadType),
    control: attribute(lines, 'control'),
  }
}

function parseFormat(lines: readonly string[], payloadType: number): Map<string, string> {
  const format = new Map<string, string>()
  for (const value of attributes(lines, 'fmtp')) {
    const match = /^(\d{1,3})\s+(.*)$/.exec(value)
    if (match === null || Number(match[1]) !== payloadType) continue
    for (const pair of (match[2] ?? '').split(';')) {
      // Base64 values end in '=', so only the first one separates.
      const equals = pair.indexOf('=')
      if (equals > 0) format.set(pair.slice(0, equals).trim().toLowerCase(), pair.slice(equals + 1).trim())
    }
  }
  return format
}

function attributes(lines: readonly string[], name: string): string[] {
  const prefix = `a=${name}:`
  return lines.filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length).trim())
}

function attribute(lines: readonly string[], name: string): string | null {
  return attributes(lines, name)[0] ?? null
}

/** Parameter sets that the SDP announces: RFC 6184 8.1, RFC 7798 7.1. */
export function announcedParameterSets(media: MediaDescription): Buffer[] {
  return ['sprop-parameter-sets', 'sprop-vps', 'sprop-sps', 'sprop-pps']
    .flatMap((name) => media.format.get(name)?.split(',') ?? [])
    .slice(0, 32)
    .map((text) => Buffer.from(text, 'base64'))
    .filter((nal) => nal.length > 2)
}

/**
 * The URL to set a track up with (RFC 2326 C.1.1): absolute controls stand for themselves, `*` is the
 * base, anything else is put behind the base with one slash.
 */
export function controlUrl(base: string, control: string | null): string {
  if (control === null || control === '*' || control === '') return base
  if (/^rtsps?:\/\//i.test(control)) return control
  return `${base.endsWith('/') ? base : `${base}/`}${control.replace(/^\//, '')}`
}
