import { PTS_HZ } from '../../domain/time.ts'
import type { DecoderConfiguration } from '../codec/parameter-sets.ts'
import { box, fullBox, u8, u16, u32 } from './boxes.ts'

/** Unity matrix of `mvhd` and `tkhd`. */
const matrix = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)

/** `ftyp` + `moov` of a file with one video track and no samples of its own. */
export function initSegmentBytes(configuration: DecoderConfiguration): Buffer {
  const ftyp = box('ftyp', Buffer.from('iso6\0\0\0\0iso6mp41cmfc', 'latin1'))
  const moov = box(
    'moov',
    fullBox(
      'mvhd',
      0,
      0,
      u32(0, 0, PTS_HZ, 0, 0x10000),
      u16(0x100),
      Buffer.alloc(10),
      matrix,
      Buffer.alloc(24),
      u32(2),
    ),
    track(configuration),
    box('mvex', fullBox('trex', 0, 0, u32(1, 1, 0, 0, 0))),
  )
  return Buffer.concat([ftyp, moov])
}

function track(configuration: DecoderConfiguration): Buffer {
  const { widthPx, heightPx } = configuration
  return box(
    'trak',
    fullBox(
      'tkhd',
      0,
      3,
      u32(0, 0, 1, 0, 0),
      Buffer.alloc(16),
      matrix,
      u32(widthPx * 0x10000, heightPx * 0x10000),
    ),
    box(
      'mdia',
      // 0x55c4 is the packed language code "und".
      fullBox('mdhd', 0, 0, u32(0, 0, PTS_HZ, 0), u16(0x55c4), u16(0)),
      fullBox(
        'hdlr',
        0,
        0,
        u32(0),
        Buffer.from('vide', 'latin1'),
        Buffer.alloc(12),
        Buffer.from('video\0', 'latin1'),
      ),
      box(
        'minf',
        fullBox('vmhd', 0, 1, Buffer.alloc(8)),
        box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1))),
        box(
          'stbl',
          fullBox('stsd', 0, 0, u32(1), sampleEntry(configuration)),
          fullBox('stts', 0, 0, u32(0)),
          fullBox('stsc', 0, 0, u32(0)),
          fullBox('stsz', 0, 0, u32(0, 0)),
          fullBox('stco', 0, 0, u32(0)),
        ),
      ),
    ),
  )
}

function sampleEntry(configuration: DecoderConfiguration): Buffer {
  return box(
    configuration.sampleEntry,
    Buffer.alloc(6),
    u16(1),
    Buffer.alloc(16),
    u16(configuration.widthPx),
    u16(configuration.heightPx),
    u32(0x480000, 0x480000, 0),
    u16(1),
    u8(0),
    Buffer.alloc(31),
    u16(24),
    u16(0xffff),
    configuration.box,
  )
}
