import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { Inspector, inspectedRoles } from '../../src/analytics/inspector.ts'
import { readManifest } from '../../src/analytics/manifest.ts'
import { type FoundModel, findModel, weightFolders } from '../../src/analytics/weights.ts'
import { loadConfig } from '../../src/config.ts'
import type { PlanarPicture } from '../../src/domain/picture.ts'
import { startAnalysis } from '../../test/harness/analysis.ts'
import { until } from '../../test/harness/until.ts'

const cameras = 9
const framesPerS = 5
const usualRounds = 3
const warmUpMs = 4_000
const measureMs = 8_000
const bareMs = 5_000
const mostPictures = 24

/**
 * Frames per second through the whole path (RTSP cameras → decode → doorbell → one worker → tracks)
 * while more frames come than the worker can do, over frames per second of `session.run` alone on the
 * same frames in turns with it: same models, same thread count, nothing else running. `[rounds]`, 3
 * unless given; the median of the rounds' ratios counts, as machines are noisy.
 */
export default async function run(args: string[]): Promise<Record<string, unknown>> {
  const rounds = args[0] === undefined ? usualRounds : Number(args[0])
  const config = loadConfig(process.env)
  const models: FoundModel[] = []
  for (const role of inspectedRoles) {
    const found = await findModel(readManifest(), role, weightFolders(config.modelsDir), config.detector)
    if (found === null) throw new Error(`no weights for the role ${role}`)
    models.push(found)
  }
  const inspector = await Inspector.load(models)
  const sessions = await Promise.all(
    models.map(({ path }) =>
      InferenceSession.create(path, {
        intraOpNumThreads: 1,
        interOpNumThreads: 1,
        executionProviders: ['cpu'],
      }),
    ),
  )
  const clip = join(config.footageDir ?? '', 'road-approach-27s.mp4')
  const measured: { pipelineFps: number; bareFps: number; ratio: number }[] = []
  for (let round = 0; round < rounds; round++) {
    const { pipelineFps, wantedPerS, pictures } = await throughTheWholePath(
      clip,
      config.modelsDir,
      config.detector,
    )
    const bareFps = await bare(sessions, inspector, pictures)
    const ratio = pipelineFps / bareFps
    measured.push({ pipelineFps, bareFps, ratio })
    say(
      `wanted ${wantedPerS.toFixed(1)}, pipeline ${pipelineFps.toFixed(2)}, bare ${bareFps.toFixed(2)}, ${ratio.toFixed(3)}`,
    )
  }
  await inspector.close()
  const median = [...measured].sort((a, b) => a.ratio - b.ratio)[Math.floor(measured.length / 2)]
  return {
    ...median,
    threads: 1,
    model: models.map(({ entry }) => entry.name).join(' + '),
    cameras,
    ratios: measured.map(({ ratio }) => ratio),
  }
}

async function throughTheWholePath(clip: string, modelsDir: string | undefined, detector: string) {
  const running = await startAnalysis({
    clip,
    cameras,
    settings: { framesPerS },
    detector,
    ...(modelsDir === undefined ? {} : { modelsDir }),
  })
  try {
    const pictures: PlanarPicture[] = []
    await until('a first inspection', () => running.inspections.length > 0)
    await sleep(warmUpMs)
    const before = running.inspections.length
    const startedMs = performance.now()
    await sleep(measureMs)
    const inspected = running.inspections.length - before
    const pipelineFps = (1000 * inspected) / (performance.now() - startedMs)
    const { wantedPerS } = running.analysis.figures()
    const stopListening = running.analysis.onInspection((_, { widthPx, heightPx, gbr }) => {
      pictures.push({ widthPx, heightPx, gbr })
    })
    await until('enough pictures', () => pictures.length >= mostPictures)
    stopListening()
    return { pipelineFps, wantedPerS, pictures }
  } finally {
    await running.stop()
  }
}

/** Inputs are made beforehand: only `session.run` is timed, for every model that a frame goes through. */
async function bare(
  sessions: readonly InferenceSession[],
  { detectors }: Inspector,
  pictures: readonly PlanarPicture[],
): Promise<number> {
  const inputs = pictures.map((picture) =>
    detectors.map((detector) =>
      Object.fromEntries(
        Object.entries(detector.prepare(picture)).map(([name, { data, dims }]) => [
          name,
          new Tensor('float32', Float32Array.from(data), dims),
        ]),
      ),
    ),
  )
  let frames = 0
  const startedMs = performance.now()
  while (performance.now() - startedMs < bareMs) {
    const feeds = inputs[frames % inputs.length] ?? []
    for (const [i, session] of sessions.entries()) await session.run(feeds[i] ?? {})
    frames++
  }
  return (1000 * frames) / (performance.now() - startedMs)
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
