/**
 * Puts the weights of `models/manifest.json` into `models/`. Runs at every start of the gateway, so
 * when all are there it reads two small files and their times, and loads nothing else.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { allKnown, readKnown } from './models/known.ts'

const root = join(import.meta.dirname, '..')
const target = join(root, 'models')
const { models } = JSON.parse(readFileSync(join(target, 'manifest.json'), 'utf8')) as {
  models: { file: string; sha256: string }[]
}
if (!allKnown(target, models, readKnown(target))) {
  const { bringWeights } = await import('./models/bring.ts')
  const { loadConfig } = await import('../src/config.ts')
  const { readManifest } = await import('../src/analytics/manifest.ts')
  const { modelsDir } = loadConfig(process.env, root)
  await bringWeights({
    entries: readManifest(target),
    target,
    folders: [...(modelsDir === undefined ? [] : [modelsDir]), join(root, '../shared/models')],
    say: (line) => {
      process.stdout.write(`${line}\n`)
    },
  })
}
