import type { UtcMs } from '../../domain/time.ts'
import { boxesIn } from '../mp4/box-reader.ts'
import { box, fullBox, u32 } from '../mp4/boxes.ts'

/** What a clip's initialisation section says beside its formats. */
export interface ClipHead {
  /** Media time of the first picture shown: what comes before it is there to decode it. */
  readonly begins90k: number
  /** From the first picture shown to the end of the last one. */
  readonly duration90k: number
  /** Of the first and the last picture shown. */
  readonly firstUtcMs: UtcMs
  readonly lastUtcMs: UtcMs
}

/**
 * An initialisation section of ours for a file of its own: how long it is (`mehd`), which part of it is
 * shown (`elst`, for each track alike, so that sound stays with its pictures), and of when it is
 * (`mvhd`, and in words that every program shows: `meta` with `keys` as QuickTime has them).
 * (ISO/IEC 14496-12 8.2.2, 8.6.6, 8.8.2.) @throws RangeError where it is none
 */
export function clipInit(init: Buffer, head: ClipHead): Buffer {
  return Buffer.concat(
    boxesIn(init).map(({ type, content }) =>
      type === 'moov' ? box(type, ...movie(content, head), metadata(head)) : box(type, content),
    ),
  )
}

function movie(moov: Buffer, head: ClipHead): Buffer[] {
  return boxesIn(moov).map(({ type, content }) => {
    switch (type) {
      case 'mvhd':
        return box(type, created(content, head.firstUtcMs))
      case 'trak':
        return box(type, ...track(content, head))
      case 'mvex':
        return box(type, fullBox('mehd', 1, 0, u64(head.duration90k)), content)
      default:
        return box(type, content)
    }
  })
}

function track(trak: Buffer, { begins90k, duration90k }: ClipHead): Buffer[] {
  const edit = fullBox('elst', 1, 0, u32(1), u64(duration90k), u64(begins90k), u32(0x10000))
  return boxesIn(trak).flatMap(({ type, content }) =>
    type === 'mdia' ? [box('edts', edit), box(type, content)] : box(type, content),
  )
}

/** Seconds since 1904, as this format counts them; 32 bits last until 2040. */
function created(mvhd: Buffer, utcMs: UtcMs): Buffer {
  const bytes = Buffer.from(mvhd)
  const seconds = Math.floor(utcMs / 1000) - Math.floor(Date.UTC(1904, 0) / 1000)
  for (const at of [4, 8]) bytes.writeUInt32BE(seconds % 2 ** 32, at)
  return bytes
}

function metadata({ firstUtcMs, lastUtcMs }: ClipHead): Buffer {
  const items: readonly (readonly [string, string])[] = [
    ['com.apple.quicktime.creationdate', new Date(firstUtcMs).toISOString()],
    ['first-frame', new Date(firstUtcMs).toISOString()],
    ['last-frame', new Date(lastUtcMs).toISOString()],
  ]
  const keys = items.map(([name]) => box('mdta', Buffer.from(name, 'utf8')))
  // The type of an item is its key's place in the list; 1 says that its data are UTF-8.
  const values = items.map(([, text], i) =>
    box(u32(i + 1).toString('latin1'), box('data', u32(1, 0), Buffer.from(text, 'utf8'))),
  )
  const handler = fullBox('hdlr', 0, 0, u32(0), Buffer.from('mdta', 'latin1'), Buffer.alloc(13))
  return box('meta', handler, fullBox('keys', 0, 0, u32(items.length), ...keys), box('ilst', ...values))
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes
}
