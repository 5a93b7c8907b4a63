/** An encoder setting that a device offers (ONVIF: media profile). */
export interface MediaProfile {
  readonly token: string
  /** The picture source behind it; profiles of different sources show different pictures. */
  readonly sourceToken: string | null
  /** `H264`, `H265`; others cannot be taken */
  readonly codec: string
  readonly widthPx: number
  readonly heightPx: number
  readonly framesPerS: number | null
  readonly hasPtz: boolean
}

/** Below this width neither eyes nor detectors see enough. */
const minSubWidthPx = 320

/**
 * Main stream: the largest picture of the device's first picture source. Substream: the smallest H.264
 * one that is still wide enough, since browsers do not play H.265; where the main stream is H.265 as
 * well, a small H.265 one still spares the analysis. Null where nothing can be taken.
 */
export function chooseStreams(
  profiles: readonly MediaProfile[],
): { readonly main: MediaProfile; readonly sub: MediaProfile | null } | null {
  const playable = profiles.filter((profile) => profile.codec === 'H264' || profile.codec === 'H265')
  const ofFirstSource = playable.filter((profile) => profile.sourceToken === playable[0]?.sourceToken)
  const bySize = ofFirstSource.toSorted(
    (a, b) => b.widthPx * b.heightPx - a.widthPx * a.heightPx || (b.framesPerS ?? 0) - (a.framesPerS ?? 0),
  )
  const [main, ...others] = bySize
  if (main === undefined) return null
  const smallFirst = others
    .filter((profile) => profile.widthPx >= minSubWidthPx && profile.widthPx < main.widthPx)
    .toReversed()
  const sub =
    smallFirst.find((profile) => profile.codec === 'H264') ??
    (main.codec === 'H265' ? smallFirst[0] : undefined) ??
    null
  return { main, sub }
}
