import type { Shortfall } from '../contract/system.ts'
import { readManifest } from './manifest.ts'
import type { WorkerRoll } from './worker-roll.ts'

/** What keeps analysis from working, by what the workers say of themselves. */
export function analysisShortfalls(roll: WorkerRoll, modelsDir: string | undefined): Shortfall[] {
  if (roll.workers.length === 0) {
    return [
      {
        code: 'workers-missing',
        text: 'No analysis worker is connected: nothing is detected, no alert is raised.',
        remedy: 'npm run worker (with REDIS_URL on another machine), or ANALYSIS_WORKERS above 0',
      },
    ]
  }
  const missing = roll.missingRoles
  if (missing.length === 0) return []
  const manifest = readManifest()
  const files = missing.map((role) => {
    const [best] = manifest.filter((model) => model.role === role).sort((a, b) => a.rank - b.rank)
    return `${best?.file ?? role} (${role})`
  })
  return [
    {
      code: 'weights-missing',
      text: `Model weights are missing: ${files.join(', ')}. What they would find is not detected.`,
      remedy: `npm start fetches them where there is a way out; or put them into ${modelsDir ?? 'models/'}, or set MODELS_DIR to a folder that holds them`,
    },
  ]
}
