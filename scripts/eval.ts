/** `npm run eval -- NAME DIR`: the last line on standard output is one JSON object. */
import { existsSync } from 'node:fs'

type Evaluation = (folder: string) => Promise<Readonly<Record<string, unknown>>>

const evaluations: Readonly<Record<string, () => Promise<Evaluation>>> = {
  detect: async () => (await import('./eval/detect.ts')).evaluateDetection,
  faces: async () => (await import('./eval/faces.ts')).evaluateFaces,
  plates: async () => (await import('./eval/plates.ts')).evaluatePlates,
  track: async () => (await import('./eval/track.ts')).evaluateTracking,
}

const [name = '', folder = ''] = process.argv.slice(2)
const load = Object.hasOwn(evaluations, name) ? evaluations[name] : undefined
if (load === undefined || !existsSync(folder)) {
  const names = Object.keys(evaluations).join('|')
  process.stderr.write(`npm run eval -- ${names} DIR; what DIR holds stands in scripts/eval/\n`)
  process.exit(2)
}
const evaluate = await load()
process.stdout.write(`${JSON.stringify(await evaluate(folder))}\n`)
