import type { CodecFamily } from '../domain/transcode.ts'
import type { Fault } from './cameras.ts'

/**
 * The live socket at `/live/socket`: one WebSocket carries every picture of a page, because a browser
 * opens only six HTTP/1.1 connections to one host. Text messages are JSON (`LiveRequest` to the gateway,
 * `LiveNotice` from it), binary ones are media. A feed is one stream on one socket, numbered by the page.
 */
export const liveSocketPath = '/live/socket'

/** Feeds that one socket may hold: a wall of 64 tiles, one of them changing to its main stream. */
export const mostFeeds = 80

export type LiveRequest =
  | {
      readonly type: 'open'
      readonly feed: number
      readonly cameraId: string
      readonly stream: 'main' | 'sub'
      /** What the page can play; left out: it takes what there is. */
      readonly codecs?: readonly CodecFamily[]
      /** Whether its sound is to come too: true for the one stream that is being heard. */
      readonly sound?: boolean
    }
  | { readonly type: 'close'; readonly feed: number }

export type LiveNotice =
  | {
      readonly type: 'opened'
      readonly feed: number
      /** Not always what was asked for: a camera may have only one, and the gateway may be full. */
      readonly stream: 'main' | 'sub'
      /** Why it is the substream although the main stream was asked for and exists. */
      readonly reduced?: Fault
    }
  /** Before a format that does not come from the camera's stream as it was asked for, and after. */
  | {
      readonly type: 'delivered'
      readonly feed: number
      readonly stream: 'main' | 'sub'
      /** It is H.264 made of what the page cannot play. */
      readonly transcoded: boolean
      /** Why it is the substream although the main stream was asked for. */
      readonly reduced?: Fault
    }
  /** Before each format: whether the stream has sound, be it sent or not. */
  | { readonly type: 'sound'; readonly feed: number; readonly present: boolean }
  | {
      readonly type: 'condition'
      readonly feed: number
      readonly state: 'online' | 'connecting' | 'degraded' | 'offline'
      readonly sinceUtcMs: number
      readonly fault?: Fault
    }
  /** The last word about a feed: it could not be opened. */
  | { readonly type: 'refused'; readonly feed: number; readonly fault: Fault }
  /** The last word about a feed: its camera was removed. */
  | { readonly type: 'ended'; readonly feed: number }

/** What a player needs before the fragments that follow: `ftyp` + `moov`. */
export interface LiveFormat {
  readonly kind: 'format'
  readonly feed: number
  /** RFC 6381 */
  readonly codec: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

export interface FragmentFacts {
  /** Begins with a keyframe. */
  readonly independent: boolean
  /** Media time of the picture shown first, and how long the fragment is, in seconds. */
  readonly startS: number
  readonly durationS: number
  /** Of the picture shown first. */
  readonly programmeUtcMs: number
}

/** One `moof` + `mdat`. */
export interface LiveFragment extends FragmentFacts {
  readonly kind: 'fragment'
  readonly feed: number
  readonly bytes: Uint8Array<ArrayBuffer>
}

const formatKind = 1
const fragmentKind = 2
const independentFlag = 1
const fragmentHeaderBytes = 24

/** What stands before the init segment: kind, length of the codec's name, feed, the name. */
export function formatHeader(feed: number, codec: string): Uint8Array {
  const header = new Uint8Array(4 + codec.length)
  header[0] = formatKind
  header[1] = codec.length
  new DataView(header.buffer).setUint16(2, feed)
  for (let i = 0; i < codec.length; i++) header[4 + i] = codec.charCodeAt(i)
  return header
}

/** What stands before a fragment: kind, flags, feed, duration, start, programme time. */
export function fragmentHeader(feed: number, facts: FragmentFacts): Uint8Array {
  const header = new Uint8Array(fragmentHeaderBytes)
  const view = new DataView(header.buffer)
  header[0] = fragmentKind
  header[1] = facts.independent ? independentFlag : 0
  view.setUint16(2, feed)
  view.setFloat32(4, facts.durationS)
  view.setFloat64(8, facts.startS)
  view.setFloat64(16, facts.programmeUtcMs)
  return header
}

/** Null: nothing that this version knows. */
export function readMedia(message: ArrayBuffer): LiveFormat | LiveFragment | null {
  if (message.byteLength < 4) return null
  const view = new DataView(message)
  const kind = view.getUint8(0)
  const second = view.getUint8(1)
  const feed = view.getUint16(2)
  if (kind === formatKind && message.byteLength > 4 + second) {
    const codec = String.fromCharCode(...new Uint8Array(message, 4, second))
    return { kind: 'format', feed, codec, bytes: new Uint8Array(message, 4 + second) }
  }
  if (kind !== fragmentKind || message.byteLength <= fragmentHeaderBytes) return null
  return {
    kind: 'fragment',
    feed,
    independent: (second & independentFlag) !== 0,
    durationS: view.getFloat32(4),
    startS: view.getFloat64(8),
    programmeUtcMs: view.getFloat64(16),
    bytes: new Uint8Array(message, fragmentHeaderBytes),
  }
}
