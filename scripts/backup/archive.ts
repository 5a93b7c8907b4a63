import { execFile } from 'node:child_process'
import { chmod, link, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { GatewayError } from '../../src/domain/errors.ts'

/** What `backup.json` in a backup says. */
export interface BackupNote {
  readonly format: 1
  /** The newest migration that its database has. */
  readonly schemaVersion: number
  readonly createdAt: string
}

const noteFile = 'backup.json'

/** A folder for the parts of a backup, beside it: they are as large as it is. Nobody else may look. */
export async function inWorkFolder<T>(beside: string, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(dirname(beside), '.xueliang-backup-'))
  try {
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Puts `parts` of `folder` into `file`, which appears when it is whole and is never written over. */
export async function pack(
  folder: string,
  parts: readonly string[],
  note: BackupNote,
  file: string,
): Promise<void> {
  await writeFile(join(folder, noteFile), `${JSON.stringify(note)}\n`)
  const whole = join(folder, 'whole.tar')
  await tar([
    '--create',
    '--file',
    whole,
    '--directory',
    folder,
    '--owner=0',
    '--group=0',
    noteFile,
    ...parts,
  ])
  await chmod(whole, 0o600)
  const handle = await open(whole, 'r')
  await handle.sync()
  await handle.close()
  try {
    await link(whole, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new GatewayError({
      kind: 'conflict',
      code: 'backup-exists',
      message: `${file} is there already: it is not written over`,
    })
  }
}

export async function unpack(file: string, folder: string): Promise<BackupNote> {
  try {
    await tar(['--extract', '--file', file, '--directory', folder, '--no-same-owner'])
    const note: unknown = JSON.parse(await readFile(join(folder, noteFile), 'utf8'))
    if (isNote(note)) return note
  } catch (error) {
    throw unreadable(file, error)
  }
  throw unreadable(file)
}

async function tar(args: readonly string[]): Promise<void> {
  await promisify(execFile)('tar', args)
}

function isNote(value: unknown): value is BackupNote {
  const { format, schemaVersion } = (value ?? {}) as Record<string, unknown>
  return format === 1 && Number.isInteger(schemaVersion)
}

function unreadable(file: string, cause?: unknown): GatewayError {
  return new GatewayError({
    kind: 'invalid',
    code: 'backup-unreadable',
    message: `${file} is not a backup that this version can read`,
    cause,
  })
}
