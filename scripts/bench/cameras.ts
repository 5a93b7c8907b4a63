import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspectedRoles } from '../../src/analytics/inspector.ts'
import { readManifest } from '../../src/analytics/manifest.ts'
import { type FoundModel, findModel, weightFolders } from '../../src/analytics/weights.ts'
import { loadConfig } from '../../src/config.ts'
import { trackGroup } from '../../src/domain/tracker.ts'
import { startAnalysis } from '../../test/harness/analysis.ts'
import { until } from '../../test/harness/until.ts'
import { makeScenes, sceneS } from './cameras/footage.ts'
import { counts, isFound, type Sighting, trueObjects } from './cameras/truth.ts'
import { costOf } from './passthrough/measure.ts'

const framesPerS = 2
const warmUpMs = 10_000
/** Each scene wholly, once. */
const measureMs = sceneS * 1000

interface Seen {
  /** By the number of the scene. */
  readonly sightings: readonly Sighting[][]
  readonly inspectedPerS: number
  readonly wantedPerS: number
}

/**
 * How many 720p cameras one core analyses at 2 frames/s over footage that is mostly still, with and without
 * the motion gate: all that it takes is counted (reading the stream, decoding, Redis, workers), in CPU
 * time. And which share of the objects in it each finds; the objects are those found by looking at five
 * frames a second of the files themselves.
 */
export default async function run(args: string[]): Promise<Record<string, unknown>> {
  const [mode, file] = args
  if (file !== undefined) return await analyse(mode === 'gated', file)
  const config = loadConfig(process.env)
  const models: FoundModel[] = []
  for (const role of inspectedRoles) {
    const found = await findModel(readManifest(), role, weightFolders(config.modelsDir), config.detector)
    if (found === null) throw new Error(`no weights for the role ${role}`)
    models.push(found)
  }
  const scratch = mkdtempSync(join(tmpdir(), 'xueliang-cameras-'))
  try {
    const scenes = makeScenes(config.footageDir ?? '', scratch)
    say(`${scenes.length} scenes of ${sceneS} s are made`)
    const truth = []
    for (const scene of scenes) truth.push(await trueObjects(scene, models))
    say(`objects: ${truth.map(({ length }) => length).join(', ')}`)
    const plain = await measured('plain', scenes, scratch)
    const gated = await measured('gated', scenes, scratch)
    const objects = truth.flatMap((ofScene, scene) => ofScene.map((object) => ({ object, scene })))
    const share = ({ sightings }: Seen) =>
      objects.filter(({ object, scene }) => isFound(object, sightings[scene] ?? [])).length / objects.length
    const foundShare = share(plain.seen)
    const foundShareGated = share(gated.seen)
    return {
      perCore: round(1000 / plain.cpuMs),
      perCoreGated: round(1000 / gated.cpuMs),
      ratio: round(plain.cpuMs / gated.cpuMs),
      lossShare: Math.max(0, round(foundShare - foundShareGated)),
      ...{ foundShare: round(foundShare), foundShareGated: round(foundShareGated), objects: objects.length },
      cpuMsPerCameraS: round(plain.cpuMs),
      cpuMsPerCameraSGated: round(gated.cpuMs),
      inspectedPerS: round(plain.seen.inspectedPerS),
      inspectedPerSGated: round(gated.seen.inspectedPerS),
      framesPerS,
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

async function measured(mode: string, scenes: readonly string[], scratch: string) {
  const description = join(scratch, `${mode}.json`)
  // Both begin at the same place of the scenes.
  const startUtcMs = Date.now()
  const cameras = scenes.map((main, i) => ({
    ...{ name: `camera-${i + 1}`, main, startUtcMs, authenticated: false, audio: false, discoverable: false },
  }))
  writeFileSync(description, JSON.stringify({ cameras }))
  const script = join(import.meta.dirname, '..', 'virtual-cameras.ts')
  const source = spawn(process.execPath, [script, description], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = (await Promise.race([
    once(createInterface({ input: source.stdout }), 'line'),
    once(source, 'exit').then(() => Promise.reject(new Error('no cameras'))),
  ])) as [string]
  const urls = (JSON.parse(line) as { cameras: { main: string }[] }).cameras.map(({ main }) => main)
  const file = join(scratch, `${mode}-seen.json`)
  writeFileSync(file, JSON.stringify({ urls, startUtcMs }))
  const bench = join(import.meta.dirname, '..', 'bench.ts')
  const child = spawn(process.execPath, [bench, 'cameras', mode, file], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })
  try {
    await Promise.race([
      once(lines, 'line'),
      once(child, 'exit').then(() => Promise.reject(new Error(`${mode}: ended early`))),
    ])
    const { cpuMsPerS } = await costOf([child.pid ?? 0], measureMs)
    child.stdin.end()
    await once(child, 'exit')
    const seen = JSON.parse(readFileSync(file, 'utf8')) as Seen
    say(
      `${mode}: ${round(cpuMsPerS / scenes.length)} ms a camera-second, inspected ${round(seen.inspectedPerS)}/s`,
    )
    return { cpuMs: cpuMsPerS / scenes.length, seen }
  } finally {
    child.kill('SIGKILL')
    source.kill()
  }
}

/** In a process of its own: says a line when it is under way, and until its input ends notes what it finds. */
async function analyse(gated: boolean, file: string): Promise<Record<string, unknown>> {
  const { urls, startUtcMs } = JSON.parse(readFileSync(file, 'utf8')) as {
    urls: string[]
    startUtcMs: number
  }
  const running = await startAnalysis({
    elsewhere: urls,
    settings: { framesPerS, motionGate: gated },
  })
  await until('every camera inspected', () => {
    return new Set(running.inspections.map(({ frame }) => frame.cameraId)).size === urls.length
  })
  await sleep(warmUpMs)
  const before = running.inspections.length
  const begunMs = performance.now()
  process.stdout.write('ready\n')
  process.stdin.resume()
  await once(process.stdin, 'end')
  const seconds = (performance.now() - begunMs) / 1000
  const sightings = urls.map((_, i): Sighting[] =>
    running.inspections
      .slice(before)
      .filter(({ frame }) => frame.cameraId === `camera-${i + 1}`)
      .flatMap(({ frame, objects }) => {
        const atS = ((frame.programmeUtcMs - startUtcMs) / 1000) % sceneS
        return objects.filter(counts).map(({ class: name, box }) => ({ atS, group: trackGroup(name), box }))
      }),
  )
  const { wantedPerS } = running.analysis.figures()
  const inspectedPerS = (running.inspections.length - before) / seconds
  await running.stop()
  writeFileSync(file, JSON.stringify({ sightings, inspectedPerS, wantedPerS } satisfies Seen))
  return {}
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}
