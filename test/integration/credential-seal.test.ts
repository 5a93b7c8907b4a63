import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { CredentialSeal, loadCredentialSeal } from '../../src/access/credential-seal.ts'

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'xueliang-seal-'))
  onTestFinished(() => {
    rmSync(path, { recursive: true })
  })
  return path
}

it('opens for the same owner and key alone, and never twice alike', () => {
  const seal = new CredentialSeal(Buffer.alloc(32, 1))
  const sealed = seal.seal('密码 p@ss', 'camera-1')
  expect(sealed.includes('p@ss')).toBe(false)
  expect(seal.seal('密码 p@ss', 'camera-1').equals(sealed)).toBe(false)
  expect(seal.open(sealed, 'camera-1')).toBe('密码 p@ss')
  const unreadable = expect.objectContaining({ code: 'credential-unreadable' })
  expect(() => seal.open(sealed, 'camera-2')).toThrow(unreadable)
  expect(() => new CredentialSeal(Buffer.alloc(32, 2)).open(sealed, 'camera-1')).toThrow(unreadable)
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed)
    changed[at] = (changed[at] ?? 0) ^ 1
    expect(() => seal.open(changed, 'camera-1')).toThrow(unreadable)
  }
  expect(() => seal.open(sealed.subarray(0, 20), 'camera-1')).toThrow(unreadable)
})

it('makes one key for good, for its owner alone, however many start at once', async () => {
  const dataDir = folder()
  const seals = await Promise.all(Array.from({ length: 8 }, () => loadCredentialSeal({ dataDir })))
  const sealed = seals[0]?.seal('secret', 'a') ?? Buffer.alloc(0)
  for (const seal of seals) expect(seal.open(sealed, 'a')).toBe('secret')
  const path = join(dataDir, 'keys', 'credentials.key')
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readFileSync(path)).toHaveLength(32)
  expect((await loadCredentialSeal({ dataDir })).open(sealed, 'a')).toBe('secret')
})

it('refuses a key that others may read, that is cut short, or that is no file', async () => {
  const dataDir = folder()
  await loadCredentialSeal({ dataDir })
  const path = join(dataDir, 'keys', 'credentials.key')
  const refused = { code: 'key-file-refused' }
  chmodSync(path, 0o640)
  await expect(loadCredentialSeal({ dataDir })).rejects.toMatchObject(refused)
  chmodSync(path, 0o600)
  writeFileSync(path, 'short')
  await expect(loadCredentialSeal({ dataDir })).rejects.toMatchObject(refused)
  rmSync(path)
  symlinkSync('/etc/hostname', path)
  await expect(loadCredentialSeal({ dataDir })).rejects.toMatchObject(refused)
})

it('takes the key of the environment where there is one, and writes none', async () => {
  const dataDir = folder()
  const seal = await loadCredentialSeal({ dataDir, secretKey: Buffer.alloc(32, 7) })
  expect(new CredentialSeal(Buffer.alloc(32, 7)).open(seal.seal('x', 'a'), 'a')).toBe('x')
  expect(() => statSync(join(dataDir, 'keys'))).toThrow('ENOENT')
})
