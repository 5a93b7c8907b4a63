/** After movement a camera is watched closely for so long. */
const lingerMs = 3_000
/** While all is still: a look so often, where the stream itself tells when something stirs, or else. */
const restPerS = { telling: 0.5, silent: 1 }
/** However little the workers can do. */
const leastPerS = 0.5
/** Below the first share of sampled frames inspected, the rest was sampled for nobody; above the second, no more. */
const overloadedBelow = 0.7
const easedAbove = 0.9
const headroom = 1.3

export interface Situation {
  /** As the camera is set. */
  readonly framesPerS: number
  /** Pictures that show nothing new are passed over. */
  readonly gated: boolean
  /** Since something moved; Infinity: nothing has. */
  readonly stillMs: number
  /** The bitrate rises when something moves. */
  readonly telling: boolean
  /** Of the frames sampled lately, 0..1. */
  readonly inspectedShare: number
  readonly inspectedPerS: number
  /** Other cameras wait for the workers, so that these do not wait for a frame if this camera has none. */
  readonly crowded: boolean
  /** As it was decided before. */
  readonly overloaded: boolean
}

export interface SampleRate {
  /** What the situation asks for. */
  readonly wishedPerS: number
  /** What is worth sampling: under load no more than the workers can do, and a little. */
  readonly framesPerS: number
  readonly overloaded: boolean
}

export function sampleRate(now: Situation): SampleRate {
  const rest = now.telling ? restPerS.telling : restPerS.silent
  const atRest = now.gated && now.stillMs > lingerMs
  const wishedPerS = atRest ? Math.min(rest, now.framesPerS) : now.framesPerS
  const overloaded = now.crowded && now.inspectedShare < (now.overloaded ? easedAbove : overloadedBelow)
  const most = Math.max(leastPerS, headroom * now.inspectedPerS)
  return { wishedPerS, framesPerS: overloaded ? Math.min(wishedPerS, most) : wishedPerS, overloaded }
}
