import { constants, createWriteStream } from 'node:fs'
import { copyFile, mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ModelEntry } from '../../src/analytics/manifest.ts'
import { proveWeights } from '../../src/analytics/weights.ts'
import { writeKnown } from './known.ts'

export interface WeightsWanted {
  readonly entries: readonly ModelEntry[]
  /** Where they are put. */
  readonly target: string
  /** Where they are looked for before the network is asked; first match wins. */
  readonly folders: readonly string[]
  readonly say: (line: string) => void
  /** Until a server begins to answer: where there is no network, the set-up must not stand still. */
  readonly answerMs?: number
}

const answerMs = 5_000
const downloadMs = 180_000

/**
 * Weights from a folder, else from their pinned address; only a file with the right hash is taken.
 * What cannot be had is told and left out: the gateway runs without, and says so itself.
 */
export async function bringWeights(wanted: WeightsWanted): Promise<void> {
  const cache = join(wanted.target, 'cache')
  await mkdir(cache, { recursive: true })
  const brought = await Promise.all(
    wanted.entries.map(async (entry) => ((await bring(entry, wanted, cache)) ? entry : null)),
  )
  const present = brought.filter((entry) => entry !== null)
  writeKnown(wanted.target, present)
  const missing = wanted.entries.filter((entry) => !present.includes(entry))
  if (missing.length === 0) return
  wanted.say('missing model weights; everything that does not need them works:')
  for (const { file, role, sha256, url } of missing) {
    wanted.say(`  ${file} (${role}), SHA-256 ${sha256}`)
    wanted.say(`    from ${url === 'mirror only' ? 'a mirror: it has no public address' : url}`)
  }
  wanted.say(`put them into ${wanted.target}, or set MODELS_DIR to a folder that holds them`)
}

async function bring(entry: ModelEntry, wanted: WeightsWanted, cache: string): Promise<boolean> {
  const place = join(wanted.target, entry.file)
  const standing = await proveWeights(entry, place)
  if (standing === 'proven') return true
  if (standing === 'wrong') wanted.say(`${place} is not the file that the manifest names: it is replaced`)
  const arriving = join(cache, `${entry.file}.${process.pid}`)
  try {
    const found = (await copyFrom(entry, arriving, wanted)) || (await download(entry, arriving, wanted))
    if (found) await rename(arriving, place)
    return found
  } finally {
    await rm(arriving, { force: true })
  }
}

async function copyFrom(entry: ModelEntry, arriving: string, wanted: WeightsWanted): Promise<boolean> {
  for (const folder of wanted.folders) {
    const path = join(folder, entry.file)
    const state = await proveWeights(entry, path)
    if (state === 'wrong') wanted.say(`${path} is refused: its SHA-256 is not ${entry.sha256}`)
    if (state !== 'proven') continue
    await copyFile(path, arriving, constants.COPYFILE_FICLONE)
    wanted.say(`${entry.file}: from ${folder}`)
    return true
  }
  return false
}

async function download(entry: ModelEntry, arriving: string, wanted: WeightsWanted): Promise<boolean> {
  if (entry.url === 'mirror only') return false
  const patience = new AbortController()
  const give = (ms: number) => setTimeout(() => patience.abort(new Error(`no answer in ${ms} ms`)), ms)
  let timer = give(wanted.answerMs ?? answerMs)
  try {
    const response = await fetch(entry.url, { signal: patience.signal })
    if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`)
    clearTimeout(timer)
    timer = give(downloadMs)
    await pipeline(Readable.fromWeb(response.body), limited(entry.bytes), createWriteStream(arriving), {
      signal: patience.signal,
    })
    if ((await proveWeights(entry, arriving)) !== 'proven') {
      wanted.say(`${entry.url} is refused: its SHA-256 is not ${entry.sha256}`)
      return false
    }
    wanted.say(`${entry.file}: from ${entry.url}`)
    return true
  } catch (error) {
    wanted.say(`${entry.url}: ${reason(error)}`)
    return false
  } finally {
    clearTimeout(timer)
  }
}

/** A server that sends more than the manifest says sends something else: it is not let fill the disk. */
function limited(most: number) {
  return async function* (source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    let bytes = 0
    for await (const piece of source) {
      bytes += piece.length
      if (bytes > most) throw new Error(`longer than ${most} bytes`)
      yield piece
    }
  }
}

/** fetch() hides why behind "fetch failed". */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
