import { boxAt, boxesIn } from './box-reader.ts'
import { box } from './boxes.ts'

/** One of our init segments without its track of sound. @throws RangeError where it is none */
export function picturesOnly(init: Buffer): Buffer {
  return Buffer.concat(
    boxesIn(init).map(({ type, content }) =>
      type === 'moov' ? box(type, ...firstTrackOf(content)) : box(type, content),
    ),
  )
}

/** `trak` and, in `mvex`, `trex` come in the order of their tracks. */
function firstTrackOf(parent: Buffer): Buffer[] {
  const seen = new Set<string>()
  return boxesIn(parent).flatMap(({ type, content }) => {
    const again = (type === 'trak' || type === 'trex') && seen.has(type)
    seen.add(type)
    if (again) return []
    return type === 'mvex' ? box(type, ...firstTrackOf(content)) : box(type, content)
  })
}

/** One of our init segments with the track of pictures of another one; its sound stays. */
export function withPictureTrack(init: Buffer, other: Buffer): Buffer {
  const track = boxesIn(boxAt(other, 'moov')).find(({ type }) => type === 'trak')
  if (track === undefined) throw new RangeError('there is no track')
  let placed = false
  const tracks = boxesIn(boxAt(init, 'moov')).map(({ type, content }) => {
    if (type !== 'trak' || placed) return box(type, content)
    placed = true
    return box(type, track.content)
  })
  return Buffer.concat(
    boxesIn(init).map(({ type, content }) => (type === 'moov' ? box(type, ...tracks) : box(type, content))),
  )
}
