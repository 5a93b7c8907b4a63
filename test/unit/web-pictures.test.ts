import { describe, expect, it } from 'vitest'
import { fragmentBytes } from '../../src/media/mp4/fragment-bytes.ts'
import { fragmentPictures } from '../../web/playback/fragment-pictures.ts'
import { PictureLine } from '../../web/playback/picture-line.ts'

const unit = (keyframe: boolean) => ({
  rtpTimestamp: 0,
  arrivedUtcMs: 0,
  keyframe,
  afterLoss: false,
  pieces: [Buffer.from([1, 2, 3])],
  nalBytes: [3],
  sampleBytes: 7,
})

/** A fragment as the gateway records it. @param shown90k presentation times in decoding order */
function recorded(startDts90k: number, duration90k: number, shown90k: readonly number[]): Buffer {
  return fragmentBytes(
    1,
    shown90k.map((pts90k, i) => ({
      unit: unit(i === 0),
      dts90k: startDts90k + i * duration90k,
      pts90k,
      duration90k,
    })),
  )
}

const payload = (...parts: readonly Buffer[]): ArrayBuffer => new Uint8Array(Buffer.concat(parts)).buffer

describe('the pictures of a fragment', () => {
  it('are told by its boxes, in the order in which they are shown', () => {
    const bytes = payload(recorded(900, 9000, [9900, 900, 27_900]), recorded(27_900, 9000, [36_900]))
    expect(fragmentPictures(bytes)).toEqual({
      keyPts90k: 9900,
      pts90k: [900, 9900, 27_900, 36_900],
      end90k: 45_900,
    })
  })

  it('are none where it is cut off, lies about its length, or is something else', () => {
    const whole = recorded(0, 3600, [0, 3600, 7200])
    expect(fragmentPictures(payload(whole.subarray(0, 100)))).toBeNull()
    const liar = Buffer.from(whole)
    liar.writeUInt32BE(0xffffffff, 80)
    expect(fragmentPictures(payload(liar))).toBeNull()
    expect(fragmentPictures(payload(Buffer.from('<html>not found</html>')))).toBeNull()
    expect(fragmentPictures(new ArrayBuffer(0))).toBeNull()
  })
})

describe('a step by one picture', () => {
  const at = Date.UTC(2026, 10, 24, 12)
  /** Ten pictures a second in pieces of half a second; a gap of a minute before the third. */
  const playlist = [
    { sn: 0, start: 0, duration: 0.5, programDateTime: at },
    { sn: 1, start: 0.5, duration: 0.5, programDateTime: at + 500 },
    { sn: 2, start: 1, duration: 0.5, programDateTime: at + 60_000 },
  ]
  const pictures = (from90k: number) => {
    const read = fragmentPictures(
      payload(
        recorded(
          from90k,
          9000,
          [0, 1, 2, 3, 4].map((i) => from90k + i * 9000),
        ),
      ),
    )
    if (read === null) throw new Error('no pictures')
    return read
  }
  function lineOf(...loaded: readonly number[]): PictureLine {
    const line = new PictureLine()
    for (const sn of loaded) {
      const listed = playlist[sn]
      // The third stretch has media times of its own.
      if (listed)
        line.add(listed, pictures(sn < 2 ? 7_000_000 + sn * 45_000 : 90_000), sn < 2 ? 7_000_000 / 90_000 : 0)
    }
    return line
  }

  it('reaches every picture once, on and back, over borders and gaps', () => {
    const line = lineOf(0, 1, 2)
    const seen: number[] = []
    let moment: number | null = at + 50
    while (moment !== null) {
      seen.push((line.at(moment)?.utcMs ?? 0) - at)
      moment = line.step(playlist, moment, 1)
    }
    const whole = [0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 60_000, 60_100, 60_200, 60_300, 60_400]
    expect(seen).toEqual(whole)
    const back: number[] = []
    for (moment = at + 60_450; moment !== null; moment = line.step(playlist, moment, -1))
      back.push((line.at(moment)?.utcMs ?? 0) - at)
    expect(back).toEqual(whole.toReversed())
  })

  it('goes into a fragment that is not loaded: into its first or its last picture', () => {
    const on = lineOf(0).step(playlist, at + 450, 1)
    expect(lineOf(1).at(on ?? 0)?.utcMs).toBe(at + 500)
    const back = lineOf(2).step(playlist, at + 60_050, -1)
    expect(lineOf(1).at(back ?? 0)?.utcMs).toBe(at + 900)
  })

  it('does not skip a fragment between two that are loaded', () => {
    const on = lineOf(0, 2).step(playlist, at + 450, 1)
    expect(lineOf(1).at(on ?? 0)?.utcMs).toBe(at + 500)
  })

  it('knows nothing of what is not loaded, and ends with the playlist', () => {
    expect(lineOf(0).step(playlist, at + 700, 1)).toBeNull()
    expect(lineOf(2).step(playlist, at + 60_450, 1)).toBeNull()
    expect(lineOf(0).step(playlist, at + 50, -1)).toBeNull()
  })

  it('tells a picture by the media time that the browser reports', () => {
    const line = lineOf(0, 1, 2)
    expect(line.shownAt(0.699_999)?.utcMs).toBe(at + 700)
    expect(line.shownAt(1.1)?.utcMs).toBe(at + 60_100)
    expect(line.shownAt(0.75)).toBeNull()
  })
})
