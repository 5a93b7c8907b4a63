import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { GatewayError } from '../domain/errors.ts'
import { redactCredentials } from '../domain/redact.ts'
import { childEnvironment } from './child.ts'
import { findBinaries, type PostgresAddress } from './private-postgres.ts'

/** A database to dump or to restore: a private one by its socket, or somebody's server by its URL. */
export type DumpTarget = { readonly address: PostgresAddress } | { readonly url: string }

/** Writes the whole database to `file` in PostgreSQL's custom format, as it is at one moment. */
export async function dumpDatabase(target: DumpTarget, file: string): Promise<void> {
  await postgresTool('pg_dump', target, ['--format', 'custom', '--file', file])
}

/** All of `file` or nothing of it, into a database that is empty. */
export async function restoreDatabase(target: DumpTarget, file: string): Promise<void> {
  const name = 'address' in target ? target.address.database : connection(target.url)['PGDATABASE']
  await postgresTool('pg_restore', target, ['--single-transaction', '--dbname', name ?? '', file])
}

async function postgresTool(
  tool: 'pg_dump' | 'pg_restore',
  target: DumpTarget,
  more: readonly string[],
): Promise<void> {
  const env = 'address' in target ? ofSocket(target.address) : connection(target.url)
  try {
    await promisify(execFile)(
      `${findBinaries(null)}/${tool}`,
      ['--no-owner', '--no-privileges', '--no-password', ...more],
      { env: childEnvironment(env) },
    )
  } catch (error) {
    const told = (error as { stderr?: string }).stderr?.trim()
    throw new GatewayError({
      kind: 'unavailable',
      code: 'database-tool-failed',
      message: `${tool} failed: ${redactCredentials(told ?? String(error))}`,
      cause: error,
    })
  }
}

function ofSocket({ host, port, user, database }: PostgresAddress): Record<string, string> {
  return { PGHOST: host, PGPORT: `${port}`, PGUSER: user, PGDATABASE: database }
}

/** As libpq's variables: arguments could be read by every user of the machine (ps). */
function connection(url: string): Record<string, string> {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url)
  const found: Record<string, string | null> = {
    PGHOST: searchParams.get('host') ?? hostname.replace(/^\[|\]$/g, ''),
    PGPORT: port,
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: decodeURIComponent(pathname.slice(1)),
    PGSSLMODE: searchParams.get('sslmode'),
    PGSSLROOTCERT: searchParams.get('sslrootcert'),
  }
  return Object.fromEntries(
    Object.entries(found).filter((entry): entry is [string, string] => entry[1] !== null && entry[1] !== ''),
  )
}
