import { fullBox } from '../mp4/boxes.ts'
import { damaged } from './fragment-head.ts'

/** An initialisation section that tells how long the file is: the `mehd` box (ISO/IEC 14496-12 8.8.2). */
export function withDuration(init: Buffer, duration90k: number): Buffer {
  const moov = find(init, 0, init.length, 'moov')
  const mvex = find(init, moov + 8, moov + init.readUInt32BE(moov), 'mvex')
  const time = Buffer.alloc(8)
  time.writeBigUInt64BE(BigInt(duration90k))
  const mehd = fullBox('mehd', 1, 0, time)
  const bytes = Buffer.concat([init.subarray(0, mvex + 8), mehd, init.subarray(mvex + 8)])
  for (const box of [moov, mvex]) bytes.writeUInt32BE(bytes.readUInt32BE(box) + mehd.length, box)
  return bytes
}

function find(bytes: Buffer, from: number, to: number, name: string): number {
  for (let at = from; at + 8 <= to; ) {
    const size = bytes.readUInt32BE(at)
    if (bytes.toString('latin1', at + 4, at + 8) === name) return at
    if (size < 8) break
    at += size
  }
  throw damaged()
}
