import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { bringWeights } from '../../scripts/models/bring.ts'
import { allKnown, readKnown } from '../../scripts/models/known.ts'
import { type ModelEntry, readManifest } from '../../src/analytics/manifest.ts'

const content = Buffer.from('weights of a model')

function entry(url: string): ModelEntry {
  const [model] = readManifest()
  if (model === undefined) throw new Error('the manifest is empty')
  const sha256 = createHash('sha256').update(content).digest('hex')
  return { ...model, file: 'a.onnx', sha256, bytes: content.length, url }
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'xueliang-models-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

/** A server that answers with `body`, or not at all where it is null. */
async function serving(body: Buffer | null): Promise<string> {
  const server = createServer((_, response) => {
    if (body !== null) response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.onnx`
}

async function bring(url: string, folders: readonly string[] = []) {
  const target = folder()
  const lines: string[] = []
  const entries = [entry(url)]
  await bringWeights({ entries, target, folders, say: (line) => lines.push(line), answerMs: 300 })
  const place = join(target, 'a.onnx')
  return { target, place, entries, said: lines.join('\n'), brought: existsSync(place) }
}

it('takes a file from a folder before it asks the network, and remembers it', async () => {
  const mirror = folder()
  writeFileSync(join(mirror, 'a.onnx'), content)
  const { target, place, entries, brought } = await bring('mirror only', [folder(), mirror])
  expect(brought).toBe(true)
  expect(readFileSync(place)).toEqual(content)
  expect(allKnown(target, entries, readKnown(target))).toBe(true)
  writeFileSync(place, 'something else')
  expect(allKnown(target, entries, readKnown(target))).toBe(false)
})

it('takes a file from its pinned address', async () => {
  expect(await bring(await serving(content))).toMatchObject({ brought: true })
})

it('refuses a wrong hash, wherever it comes from', async () => {
  const wrong = Buffer.from('weights of a madel')
  const mirror = folder()
  writeFileSync(join(mirror, 'a.onnx'), wrong)
  const { brought, said, target } = await bring(await serving(wrong), [mirror])
  expect(brought).toBe(false)
  expect(said.match(/is refused: its SHA-256 is not/g)).toHaveLength(2)
  expect(readdirSync(join(target, 'cache'))).toEqual(['proven.json'])
})

it('stops reading from a server that sends more than the file has', async () => {
  const { brought, said } = await bring(await serving(Buffer.alloc(5_000_000)))
  expect(brought).toBe(false)
  expect(said).toContain('longer than 18 bytes')
})

it.each([
  ['that does not answer', () => serving(null), 'no answer in 300 ms'],
  ['that is not there', () => Promise.resolve('http://127.0.0.1:1/a.onnx'), 'bad port'],
])('goes on without a server %s, and says how to help it', async (_, address, reason) => {
  const { brought, said } = await bring(await address())
  expect(brought).toBe(false)
  expect(said).toContain(reason)
  expect(said).toContain('MODELS_DIR')
  expect(said).toContain(entry('').sha256)
})
