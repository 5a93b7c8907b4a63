import { PTS_HZ } from '../../domain/time.ts'
import { flacStreamInfo } from '../codec/flac.ts'
import type { DecoderConfiguration } from '../codec/parameter-sets.ts'
import type { SoundFormat } from '../codec/sound.ts'
import { box, fullBox, u8, u16, u32 } from './boxes.ts'

/** Unity matrix of `mvhd` and `tkhd`. */
const matrix = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)

/** What differs between a track of pictures and one of sound. */
interface TrackKind {
  readonly id: number
  readonly handler: 'vide' | 'soun'
  readonly name: string
  /** Fixed-point numbers of `tkhd`. */
  readonly volume: number
  readonly size: readonly [width: number, height: number]
  readonly header: Buffer
  readonly sampleEntry: Buffer
}

/** `ftyp` + `moov` of a file with a track of pictures, perhaps one of sound, and no samples of its own. */
export function initSegmentBytes(configuration: DecoderConfiguration, sound?: SoundFormat): Buffer {
  const tracks = [pictureTrack(configuration), ...(sound === undefined ? [] : [soundTrack(sound)])]
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
      u32(tracks.length + 1),
    ),
    ...tracks.map(trackBox),
    box('mvex', ...tracks.map(({ id }) => fullBox('trex', 0, 0, u32(id, 1, 0, 0, 0)))),
  )
  return Buffer.concat([ftyp, moov])
}

function pictureTrack(configuration: DecoderConfiguration): TrackKind {
  const { widthPx, heightPx } = configuration
  return {
    id: 1,
    handler: 'vide',
    name: 'video',
    volume: 0,
    size: [widthPx * 0x10000, heightPx * 0x10000],
    header: fullBox('vmhd', 0, 1, Buffer.alloc(8)),
    sampleEntry: pictureEntry(configuration),
  }
}

function soundTrack(format: SoundFormat): TrackKind {
  return {
    id: 2,
    handler: 'soun',
    name: 'sound',
    volume: 0x100,
    size: [0, 0],
    header: fullBox('smhd', 0, 0, Buffer.alloc(4)),
    sampleEntry: soundEntry(format),
  }
}

function trackBox({ id, handler, name, volume, size, header, sampleEntry }: TrackKind): Buffer {
  return box(
    'trak',
    fullBox(
      'tkhd',
      0,
      3,
      u32(0, 0, id, 0, 0),
      Buffer.alloc(12),
      u16(volume),
      Buffer.alloc(2),
      matrix,
      u32(...size),
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
        Buffer.from(handler, 'latin1'),
        Buffer.alloc(12),
        Buffer.from(`${name}\0`, 'latin1'),
      ),
      box(
        'minf',
        header,
        box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1))),
        box(
          'stbl',
          fullBox('stsd', 0, 0, u32(1), sampleEntry),
          fullBox('stts', 0, 0, u32(0)),
          fullBox('stsc', 0, 0, u32(0)),
          fullBox('stsz', 0, 0, u32(0, 0)),
          fullBox('stco', 0, 0, u32(0)),
        ),
      ),
    ),
  )
}

function pictureEntry(configuration: DecoderConfiguration): Buffer {
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

/** `mp4a` (ISO/IEC 14496-14 5.6) or `fLaC`. */
function soundEntry(format: SoundFormat): Buffer {
  const aac = format.encoding === 'aac'
  return box(
    aac ? 'mp4a' : 'fLaC',
    Buffer.alloc(6),
    u16(1),
    Buffer.alloc(8),
    u16(aac ? format.channels : 1),
    u16(16),
    Buffer.alloc(4),
    u32(format.rateHz < 0x10000 ? format.rateHz * 0x10000 : 0),
    aac ? esds(format.bytes) : fullBox('dfLa', 0, 0, flacStreamInfo(format.rateHz)),
  )
}

/** Descriptors of ISO/IEC 14496-1 7.2.6: stream, decoder (AAC, audio), its configuration, and sync layer. */
function esds(configuration: Buffer): Buffer {
  const decoder = Buffer.concat([Buffer.from([0x40, 0x15, 0, 0, 0]), u32(0, 0), descriptor(5, configuration)])
  const stream = Buffer.concat([u16(0), u8(0), descriptor(4, decoder), descriptor(6, u8(2))])
  return fullBox('esds', 0, 0, descriptor(3, stream))
}

function descriptor(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag, content.length]), content])
}
