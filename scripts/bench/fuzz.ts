import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { fuzz } from '../../test/harness/fuzz/campaign.ts'

const usualInputs = 1_000_000

/**
 * Mutated RTSP messages, session descriptions, RTP and RTCP packets and parameter sets against every
 * parser of the media plane: `[inputs] [seed]`. None may break, hang or keep memory.
 */
export default function run(args: string[]): Promise<Record<string, unknown>> {
  setFlagsFromString('--expose-gc')
  globalThis.gc = runInNewContext('gc') as NodeJS.GCFunction
  const inputs = args[0] === undefined ? usualInputs : Number(args[0])
  const seed = args[1] === undefined ? Date.now() % 2 ** 32 : Number(args[1])
  const begunMs = performance.now()
  const figures = fuzz(inputs, seed, (done) => process.stderr.write(`${done} inputs\n`))
  for (const { target, error, input } of figures.crashes)
    process.stderr.write(`${target}: ${error}\n  ${input}\n`)
  const { crashes, ...rest } = figures
  return Promise.resolve({
    ...rest,
    crashes: crashes.length,
    seed,
    wallS: (performance.now() - begunMs) / 1000,
  })
}
