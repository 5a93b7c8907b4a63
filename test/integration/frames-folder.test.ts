import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { closeFramesFolder, openFramesFolder } from '../../src/analytics/frames-folder.ts'

const source = join(import.meta.dirname, '../../src/analytics/frames-folder.ts')

it('is closed to others, and a killed gateway’s is removed by the next one', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'xueliang-frames-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true }))
  // A process that opens one and is gone at once.
  const script = `
    const { openFramesFolder } = await import(${JSON.stringify(source)})
    process.stdout.write(openFramesFolder(${JSON.stringify(dataDir)}), () => process.kill(process.pid, 'SIGKILL'))`
  const killed = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  expect(killed.signal).toBe('SIGKILL')
  expect(existsSync(killed.stdout)).toBe(true)

  const folder = openFramesFolder(dataDir)
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  if (killed.stdout !== folder) expect(existsSync(killed.stdout)).toBe(false)
  closeFramesFolder(folder)
  expect(existsSync(folder)).toBe(false)
})
