import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { StreamName } from '../../src/domain/camera.ts'
import { runFfmpeg } from './ffmpeg.ts'
import { clipRecipes, drawnRecipe, encodeOptions, type Recipe } from './recipes.ts'

/** Where the finished clips lie; in no commit. */
const clipsFolder = join(import.meta.dirname, '../../streams/cache')

/** A clip's files, by stream. */
export type ClipFiles = Readonly<Record<StreamName, string>>

interface Job {
  readonly output: string
  /** Null: the drawn scene. */
  readonly source: string | null
  readonly recipe: Recipe
}

/** ffmpeg encodes with several threads itself. */
const PARALLEL = 2
/** Raised when the drawn scene changes: it has no source file whose hash would. */
const DRAWN_EDITION = 1

/**
 * The demo cameras' clips, made from the footage where they are not there yet. A clip is named after its
 * source's hash and its recipe, so a finished one is never made again and a changed one never mistaken.
 *
 * @param footageDir absent, or without a clip's source: a drawn street scene stands in.
 */
export async function prepareClips(
  footageDir: string | undefined,
  say: (line: string) => void,
): Promise<ReadonlyMap<string, ClipFiles>> {
  await mkdir(clipsFolder, { recursive: true })
  const clips = new Map<string, ClipFiles>()
  const jobs = new Map<string, Job>()
  const drawn: string[] = []
  for (const [name, clip] of Object.entries(clipRecipes)) {
    const path = footageDir === undefined ? undefined : join(footageDir, clip.file)
    const bytes = path === undefined ? undefined : await readFile(path).catch(() => undefined)
    const real = path !== undefined && bytes !== undefined
    if (!real) drawn.push(name)
    const plan = (stream: StreamName): string => {
      const recipe = real ? clip[stream] : drawnRecipe[stream]
      const key = createHash('sha256').update(bytes ?? `drawn ${DRAWN_EDITION}`)
      key.update(JSON.stringify(encodeOptions(recipe)))
      const file = `${real ? name : 'drawn'}-${stream}-${key.digest('hex').slice(0, 12)}.mp4`
      const output = join(clipsFolder, file)
      if (!existsSync(output)) jobs.set(output, { output, source: real ? path : null, recipe })
      return output
    }
    clips.set(name, { main: plan('main'), sub: plan('sub') })
  }
  if (drawn.length > 0) say(`no footage for ${drawn.join(', ')}: a drawn street scene stands in`)
  if (jobs.size > 0) await make([...jobs.values()], say)
  await removeOthers(new Set([...clips.values()].flatMap(({ main, sub }) => [main, sub])))
  return clips
}

async function make(jobs: readonly Job[], say: (line: string) => void): Promise<void> {
  const scene = join(clipsFolder, `scene-${process.pid}.part`)
  if (jobs.some((job) => job.source === null)) {
    // Only here: the drawing library costs every other process that prepares clips 30 MB for nothing.
    const { drawScene } = await import('./drawn-scene.ts')
    await drawScene(scene)
  }
  const waiting = [...jobs]
  const work = async (): Promise<void> => {
    for (let job = waiting.shift(); job; job = waiting.shift()) {
      const startMs = performance.now()
      const draft = `${job.output}.${process.pid}.part`
      await runFfmpeg(['-i', job.source ?? scene, ...encodeOptions(job.recipe), draft])
      // Whole or not at all: a clip that was broken off must not be taken for a finished one.
      await rename(draft, job.output)
      const seconds = ((performance.now() - startMs) / 1000).toFixed(1)
      say(`${job.output.slice(clipsFolder.length + 1)} in ${seconds} s`)
    }
  }
  try {
    await Promise.all(Array.from({ length: PARALLEL }, work))
  } finally {
    await rm(scene, { force: true })
  }
}

/**
 * Former editions of the same clips. The drawn scene and the footage stay beside each other, and drafts may
 * belong to a preparation that runs beside this one.
 */
async function removeOthers(wanted: ReadonlySet<string>): Promise<void> {
  const edition = /-[0-9a-f]{12}\.mp4$/
  const names = new Set([...wanted].map((path) => path.replace(edition, '')))
  for (const file of await readdir(clipsFolder)) {
    const path = join(clipsFolder, file)
    if (!wanted.has(path) && edition.test(path) && names.has(path.replace(edition, '')))
      await rm(path, { force: true })
  }
}
