/** `npm run backup -- FILE`, and back: `npm run backup -- --restore FILE`. */
import { resolve } from 'node:path'
import { loadConfig } from '../src/config.ts'
import { GatewayError } from '../src/domain/errors.ts'
import { redactCredentials } from '../src/domain/redact.ts'
import { createLog } from '../src/platform/log.ts'
import { backUp, restore } from './backup/backup.ts'

const usage = `npm run backup -- FILE             writes the database and the keys of DATA_DIR to FILE;
                                   the gateway may go on running
npm run backup -- --restore FILE   brings them back into an empty DATA_DIR (and, where DATABASE_URL is
                                   set, an empty database); the gateway must not run

Recordings and snapshots in files are not part of it: copy DATA_DIR/recordings and DATA_DIR/evidence.
FILE opens what is sealed in the database: keep it like a password. With SECRET_KEY, keep that too.`

const given = process.argv.slice(2)
const restoring = given[0] === '--restore'
const [name, ...more] = restoring ? given.slice(1) : given
if (name === undefined || name.startsWith('-') || more.length > 0) {
  process.stderr.write(`${usage}\n`)
  process.exit(2)
}
const file = resolve(name)
try {
  const config = loadConfig(process.env)
  const log = createLog('warn')
  await (restoring ? restore(config, file, log) : backUp(config, file, log))
  process.stdout.write(restoring ? `restored into ${config.dataDir}\n` : `${file}\n`)
} catch (error) {
  const text = error instanceof GatewayError ? `${error.code}: ${error.message}` : String(error)
  process.stderr.write(`${redactCredentials(text)}\n`)
  process.exit(1)
}
