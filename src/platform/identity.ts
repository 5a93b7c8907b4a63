import { spawnSync } from 'node:child_process'
import { chownSync } from 'node:fs'
import { GatewayError } from '../domain/errors.ts'
import type { Log } from './log.ts'

/** As whom a server child runs: `setpriv` options, and how to hand it a folder. */
export interface Identity {
  readonly privileges: readonly string[]
  own(path: string): void
}

const unprivileged: Identity = { privileges: ['--no-new-privs'], own: () => undefined }

/**
 * Who runs PostgreSQL: ourselves, unless we are root, which it refuses; then the user that its package
 * made, as long as that user can reach `folder`. Where a parent folder is closed to it (a clone under
 * /root), it gets the one capability to pass through folders and read (capabilities(7),
 * CAP_DAC_READ_SEARCH), and that is logged.
 */
export function serverIdentity(user: string, folder: string, log: Log): Identity {
  if (process.getuid?.() !== 0) return unprivileged
  const uid = idOf(user, '-u')
  const gid = idOf(user, '-g')
  const plain = ['--no-new-privs', '--reuid', `${uid}`, '--regid', `${gid}`, '--clear-groups']
  const own = (path: string) => {
    chownSync(path, uid, gid)
  }
  const only = '-all,+dac_read_search'
  const passing = [...plain, '--inh-caps', only, '--ambient-caps', only, '--bounding-set', only]
  if (reaches(folder, plain)) return { privileges: [...plain, '--inh-caps', '-all'], own }
  if (reaches(folder, passing)) {
    log.warn(
      { folder, user },
      'a parent folder is closed to the database user: it runs with CAP_DAC_READ_SEARCH; ' +
        'a DATA_DIR outside of closed folders (such as /var/lib/xueliang) does without',
    )
    return { privileges: passing, own }
  }
  throw new GatewayError({
    kind: 'invalid',
    code: 'data-dir-unreachable',
    message: `user ${user} cannot reach ${folder}: open its parent folders (chmod o+x) or move DATA_DIR`,
  })
}

function reaches(folder: string, privileges: readonly string[]): boolean {
  return spawnSync('setpriv', [...privileges, '--', 'test', '-x', `${folder}/.`]).status === 0
}

function idOf(user: string, which: '-u' | '-g'): number {
  const { status, stdout } = spawnSync('id', [which, user])
  if (status === 0) return Number(stdout.toString().trim())
  throw new GatewayError({
    kind: 'invalid',
    code: 'server-user-missing',
    message: `there is no user ${user} to run PostgreSQL as: apt-get install postgresql, or set DATABASE_URL`,
  })
}
