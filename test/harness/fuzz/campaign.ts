import { GatewayError } from '../../../src/domain/errors.ts'
import { Lcg } from '../lcg.ts'
import { mutated } from './mutation.ts'
import { fuzzTargets } from './targets.ts'

export interface CampaignFigures {
  readonly inputs: number
  /** Inputs that a parser refused with a stable code; the others it could use or left out. */
  readonly refused: number
  /** Other errors, by target and message: none is right. The first input of each, base64. */
  readonly crashes: readonly { readonly target: string; readonly error: string; readonly input: string }[]
  /** Of this thread's own time: another program's turn does not count. */
  readonly slowestMs: number
  readonly slowestTarget: string
  /** Of memory that outlives all inputs. */
  readonly grownMb: number
}

const mostCrashes = 20

/** The same inputs for the same seed. */
export function fuzz(inputs: number, seed: number, progress?: (done: number) => void): CampaignFigures {
  const random = new Lcg(seed)
  const targets = fuzzTargets()
  const crashes = new Map<string, CampaignFigures['crashes'][number]>()
  let refused = 0
  let slowestMs = 0
  let slowestTarget = ''
  const before = heldBytes()
  for (let i = 0; i < inputs; i++) {
    const target = targets[i % targets.length]
    const sample = target?.samples[random.below(target.samples.length)]
    if (target === undefined || sample === undefined) continue
    // One in eight as it is, so that streams get anywhere at all.
    const input = random.below(8) === 0 ? sample : mutated(sample, target.samples, random)
    const begun = process.threadCpuUsage()
    try {
      target.take(input, random)
    } catch (error) {
      if (error instanceof GatewayError) refused++
      else if (crashes.size < mostCrashes) {
        const text = String(error instanceof Error ? error.stack : error).slice(0, 300)
        const crash = { target: target.name, error: text, input: input.toString('base64').slice(0, 2000) }
        crashes.set(`${target.name} ${text}`, crash)
      }
    }
    const took = process.threadCpuUsage(begun)
    const tookMs = (took.user + took.system) / 1000
    if (tookMs > slowestMs) [slowestMs, slowestTarget] = [tookMs, target.name]
    if (i % 100_000 === 99_999) progress?.(i + 1)
  }
  const grownMb = (heldBytes() - before) / 2 ** 20
  return { inputs, refused, crashes: [...crashes.values()], slowestMs, slowestTarget, grownMb }
}

function heldBytes(): number {
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
