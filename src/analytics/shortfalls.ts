import type { Shortfall } from '../contract/system.ts'
import type { ModelProblem } from './doorbell.ts'
import type { InspectionFailures } from './inspection-failures.ts'
import { inspectedRoles } from './inspector.ts'
import { type ModelRole, readManifest } from './manifest.ts'
import type { WorkerRoll } from './worker-roll.ts'

/** Fewer in a minute are what a killed worker leaves behind. */
const manyFailures = 5

/**
 * What keeps analysis from working, by what the workers say of themselves and of their work.
 *
 * @param roles for which there must be models: plates are read where a camera wants it
 */
export function analysisShortfalls(
  roll: WorkerRoll,
  failures: Pick<InspectionFailures, 'perMin' | 'reason'>,
  modelsDir: string | undefined,
  roles: readonly ModelRole[] = inspectedRoles,
): Shortfall[] {
  if (roll.workers.length === 0) {
    return [
      {
        code: 'workers-missing',
        text: 'No analysis worker is connected: nothing is detected, no alert is raised.',
        remedy: 'npm run worker (with REDIS_URL on another machine), or ANALYSIS_WORKERS above 0',
      },
    ]
  }
  return [
    ...missingWeights(roll.missing(roles), modelsDir),
    ...roll.problems.map(problemShortfall),
    ...(failures.perMin < manyFailures ? [] : [failing(failures)]),
  ]
}

function missingWeights(missing: readonly ModelRole[], modelsDir: string | undefined): Shortfall[] {
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

function problemShortfall({ code, name }: ModelProblem): Shortfall {
  return code === 'weights-wrong'
    ? {
        code,
        text: `The weights of ${name} are not those of the manifest (size or SHA-256), and are not used.`,
        remedy: 'npm start fetches the right ones; or correct models/manifest.json',
      }
    : {
        code,
        text: `The model ${name} does not do what the manifest says of it, and is not used.`,
        remedy: 'Correct its family, input and labels in models/manifest.json, or take it out',
      }
}

function failing({ perMin, reason }: Pick<InspectionFailures, 'perMin' | 'reason'>): Shortfall {
  return {
    code: 'analysis-failing',
    text: `${perMin} inspections failed in the last minute, the latest with: ${reason}`,
    remedy: 'See the log of the workers; a worker or a model may be broken',
  }
}
